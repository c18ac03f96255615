package io.exchequer.gateway.dialect;

import java.util.ArrayList;
import java.util.List;

import io.exchequer.routing.ApiError;
import io.exchequer.routing.wire.InvalidRequestException;

/**
 * What of a request has no canonical form: refused, or left out and told where the caller
 * allows that; never passed over in silence. Used by one thread, for one request.
 */
public final class Leftovers {

	private final boolean dropUnsupported;

	private final List<String> dropped = new ArrayList<>(0);

	public Leftovers(boolean dropUnsupported) {
		this.dropUnsupported = dropUnsupported;
	}

	/**
	 * Leaves out what the request keeps its meaning without.
	 * @param why what the platform lacks and what to do, as the end of a sentence that
	 * begins with the path
	 * @throws InvalidRequestException if the caller does not allow it
	 */
	public void drop(String path, String why) throws InvalidRequestException {
		if (!this.dropUnsupported) {
			throw unsupported(path, why + "; or send X-Exchequer-Drop-Unsupported: true to have it left out");
		}
		this.dropped.add(path);
	}

	/**
	 * Leaves out the members that nobody took.
	 * @throws InvalidRequestException if there are some and the caller does not allow it
	 */
	public void drop(Members members) throws InvalidRequestException {
		for (String name : members.rest()) {
			drop(members.path(name), "is not a member that the platform knows here: leave it out");
		}
	}

	/** What cannot be left out without changing the request's meaning is refused. */
	public static InvalidRequestException unsupported(String path, String why) {
		return new InvalidRequestException(
				ApiError.invalid("unsupported_parameter", "'" + path + "' " + why + ".", path));
	}

	/** Returns the paths of what was left out. */
	public List<String> dropped() {
		return List.copyOf(this.dropped);
	}

}
