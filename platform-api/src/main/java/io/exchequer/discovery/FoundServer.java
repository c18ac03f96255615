package io.exchequer.discovery;

import java.net.URI;
import java.util.List;

import io.exchequer.registry.Capabilities;

/**
 * A model server on this machine.
 *
 * @param kind what it is
 * @param address where it is, such as {@code http://127.0.0.1:11434}
 * @param version what it says its version is, or an empty text
 * @param models what it serves, in its order
 */
record FoundServer(ServerKind kind, URI address, String version, List<FoundModel> models) {

	/** Returns what to call it, for people. */
	String title() {
		return this.kind.displayName() + (this.version.isEmpty() ? "" : " " + this.version);
	}

	/**
	 * A model that a server serves.
	 *
	 * @param id the name the server knows
	 * @param capabilities what the server says it can do
	 */
	record FoundModel(String id, Capabilities capabilities) {
	}

}
