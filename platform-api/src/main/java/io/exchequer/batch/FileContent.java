package io.exchequer.batch;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.util.UUID;

import io.exchequer.kernel.TenantId;
import org.jspecify.annotations.Nullable;

import org.springframework.jdbc.core.simple.JdbcClient;

/**
 * A file's content, read chunk by chunk. Used by one thread.
 */
final class FileContent extends InputStream {

	private static final String READ = "SELECT sealed FROM file_chunk WHERE tenant_id = ? AND file_id = ? AND chunk = ?";

	private final JdbcClient jdbc;

	private final TenantId tenant;

	private final UUID id;

	private final long bytes;

	private final ContentKey key;

	private long position;

	private byte @Nullable [] chunk;

	private int chunkNumber = -1;

	FileContent(JdbcClient jdbc, TenantId tenant, UUID id, long bytes, ContentKey key) {
		this.jdbc = jdbc;
		this.tenant = tenant;
		this.id = id;
		this.bytes = bytes;
		this.key = key;
	}

	/** Returns the key that also protects what belongs to the file. */
	ContentKey key() {
		return this.key;
	}

	@Override
	public int read() throws IOException {
		byte[] one = new byte[1];
		return (read(one, 0, 1) < 0) ? -1 : one[0] & 0xFF;
	}

	@Override
	public int read(byte[] into, int offset, int length) throws IOException {
		if (length == 0) {
			return 0;
		}
		if (this.position >= this.bytes) {
			return -1;
		}
		byte[] at = chunk((int) (this.position / FileStore.CHUNK));
		int from = (int) (this.position % FileStore.CHUNK);
		int count = Math.min(length, at.length - from);
		if (count <= 0) {
			throw new EOFException("file " + this.id + " is shorter than it was");
		}
		System.arraycopy(at, from, into, offset, count);
		this.position += count;
		return count;
	}

	/**
	 * Returns a part of the content; reading on continues after it.
	 * @throws IOException if it is not there
	 */
	byte[] range(long from, int length) throws IOException {
		this.position = from;
		byte[] part = new byte[length];
		if (readNBytes(part, 0, length) < length) {
			throw new EOFException("file " + this.id + " ends before " + (from + length));
		}
		return part;
	}

	private byte[] chunk(int number) throws IOException {
		if (this.chunk == null || this.chunkNumber != number) {
			byte[] sealed = this.jdbc.sql(READ)
				.params(this.tenant.value(), this.id, number)
				.query((row, n) -> row.getBytes(1))
				.optional()
				.orElseThrow(() -> new IOException("file " + this.id + " was deleted while it was read"));
			this.chunk = this.key.open(sealed, FileStore.chunkPlace(this.id, number));
			this.chunkNumber = number;
		}
		return this.chunk;
	}

}
