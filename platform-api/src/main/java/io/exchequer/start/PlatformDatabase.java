package io.exchequer.start;

import java.io.IOException;

import org.jspecify.annotations.Nullable;

/**
 * The PostgreSQL this process works with: the operator's, or the embedded one, which runs
 * until this is closed.
 */
final class PlatformDatabase implements AutoCloseable {

	private final DatabaseLogin login;

	private final DatabaseLogin owner;

	private final @Nullable DataDirectory directory;

	private final @Nullable EmbeddedDatabase embedded;

	private PlatformDatabase(DatabaseLogin login, DatabaseLogin owner, @Nullable DataDirectory directory,
			@Nullable EmbeddedDatabase embedded) {
		this.login = login;
		this.owner = owner;
		this.directory = directory;
		this.embedded = embedded;
	}

	/**
	 * Uses the operator's.
	 * @param login as whom the platform works
	 * @param owner as whom it migrates the schema; may be the same
	 */
	static PlatformDatabase external(DatabaseLogin login, DatabaseLogin owner) {
		return new PlatformDatabase(login, owner, null, null);
	}

	/** Starts the embedded one in a directory, which is closed with this. */
	static PlatformDatabase embedded(DataDirectory directory) {
		EmbeddedDatabase embedded = EmbeddedDatabase.start(directory);
		return new PlatformDatabase(embedded.login(), embedded.login(), directory, embedded);
	}

	/** Returns as whom the platform works. */
	DatabaseLogin login() {
		return this.login;
	}

	/** Returns as whom it migrates the schema. */
	DatabaseLogin owner() {
		return this.owner;
	}

	/**
	 * Returns the embedded one's directory, or null where the database is the operator's.
	 */
	@Nullable DataDirectory directory() {
		return this.directory;
	}

	@Override
	public void close() throws IOException {
		if (this.embedded != null) {
			this.embedded.close();
		}
		if (this.directory != null) {
			this.directory.close();
		}
	}

}
