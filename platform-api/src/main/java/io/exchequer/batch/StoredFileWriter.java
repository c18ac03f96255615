package io.exchequer.batch;

import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.UUID;

import org.jspecify.annotations.Nullable;

import org.springframework.jdbc.core.simple.JdbcClient;

/**
 * Writes one file, chunk by chunk, each durable by itself. Unless it is finished, closing
 * it leaves nothing; what a dying process leaves is swept. Used by one thread.
 */
public final class StoredFileWriter implements AutoCloseable {

	private static final String ADD = "INSERT INTO file_chunk (tenant_id, file_id, chunk, sealed) VALUES (?, ?, ?, ?)";

	private final FileStore store;

	private final JdbcClient jdbc;

	private final Owner owner;

	private final UUID id;

	private final ContentKey key;

	private final Instant createdAt;

	private final byte[] buffer = new byte[FileStore.CHUNK];

	private int filled;

	private int chunks;

	private boolean finished;

	StoredFileWriter(FileStore store, JdbcClient jdbc, Owner owner, UUID id, ContentKey key, Instant createdAt) {
		this.store = store;
		this.jdbc = jdbc;
		this.owner = owner;
		this.id = id;
		this.key = key;
		this.createdAt = createdAt;
	}

	/** Returns the file's identifier. */
	UUID id() {
		return this.id;
	}

	/** Returns how much was written. */
	public long bytes() {
		return (long) this.chunks * FileStore.CHUNK + this.filled;
	}

	/** Writes more. */
	public void write(byte[] bytes, int offset, int length) {
		int from = offset;
		int left = length;
		while (left > 0) {
			if (this.filled == this.buffer.length) {
				flush();
			}
			int part = Math.min(left, this.buffer.length - this.filled);
			System.arraycopy(bytes, from, this.buffer, this.filled, part);
			this.filled += part;
			from += part;
			left -= part;
		}
	}

	private void flush() {
		this.jdbc.sql(ADD)
			.params(this.owner.tenant().value(), this.id, this.chunks,
					this.key.seal(this.buffer, 0, this.filled, FileStore.chunkPlace(this.id, this.chunks)))
			.update();
		this.chunks++;
		this.filled = 0;
	}

	/**
	 * Ends the file and makes it visible.
	 * @param keptFor how long it is kept from when it was begun, or null for the usual
	 * time
	 * @return empty where the tenant's quota refused it; closing leaves nothing then
	 */
	public Optional<StoredFile> finish(String purpose, String name, @Nullable Duration keptFor) {
		return finish(purpose, name, keptFor, true);
	}

	Optional<StoredFile> finish(String purpose, String name, @Nullable Duration keptFor, boolean quota) {
		long bytes = bytes();
		if (this.filled > 0) {
			flush();
		}
		StoredFile file = new StoredFile(this.id, this.owner, purpose, name, bytes, this.createdAt,
				this.createdAt.plus((keptFor != null) ? keptFor : this.store.retention()));
		Optional<StoredFile> ready = this.store.ready(file, quota);
		this.finished = ready.isPresent();
		return ready;
	}

	/** Gives the file up, unless it was finished. */
	@Override
	public void close() {
		if (!this.finished) {
			this.finished = true;
			this.store.discard(this.owner.tenant(), this.id);
		}
	}

}
