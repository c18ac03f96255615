package io.exchequer.registry;

/**
 * What a command that carries a whole resource may find.
 */
public enum Put {

	/** It must not be there yet. */
	CREATE,
	/** It must be there. */
	UPDATE,
	/** Either: what the apply file means. */
	UPSERT

}
