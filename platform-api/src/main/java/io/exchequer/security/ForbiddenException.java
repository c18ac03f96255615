package io.exchequer.security;

import java.util.Locale;

/**
 * Whoever acts may not do this. Nothing was changed.
 */
public class ForbiddenException extends RuntimeException {

	public ForbiddenException(Permission permission) {
		super("This needs the permission " + permission.name().toLowerCase(Locale.ROOT).replace('_', '-')
				+ ", which your role does not give here.");
	}

}
