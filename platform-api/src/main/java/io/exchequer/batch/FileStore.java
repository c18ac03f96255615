package io.exchequer.batch;

import java.io.IOException;
import java.io.InputStream;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.UUID;

import io.exchequer.kernel.KeyId;
import io.exchequer.kernel.ProjectId;
import io.exchequer.kernel.TenantId;
import io.exchequer.kernel.Uuid7;
import io.exchequer.registry.crypto.SecretBox;
import io.exchequer.registry.crypto.SecretBox.Sealed;
import org.jspecify.annotations.Nullable;

import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.transaction.support.TransactionTemplate;

/**
 * Files in PostgreSQL, in encrypted chunks: whatever their length, a few chunks are in
 * memory while one is written or read.
 */
public final class FileStore {

	/** The plain bytes in each chunk but the last; part of the stored form. */
	static final int CHUNK = 256 * 1024;

	private static final String COLUMNS = "id, tenant_id, project_id, key_id, purpose, name, bytes, created_at, expires_at";

	private static final String INSERT = """
			INSERT INTO stored_file (tenant_id, id, project_id, key_id, purpose, name, created_at, expires_at, master_key,
				sealed_key) VALUES (?, ?, ?, ?, '', '', ?, ?, ?, ?)""";

	private static final String FIND = "SELECT " + COLUMNS + ' ' + """
			FROM stored_file WHERE tenant_id = ? AND project_id = ? AND id = ? AND ready AND expires_at > ?""";

	private static final String LIST = "SELECT " + COLUMNS + ' ' + """
			FROM stored_file WHERE tenant_id = ? AND project_id = ? AND ready AND expires_at > ?
			AND (? = '' OR purpose = ?) AND (?::uuid IS NULL OR id %s ?::uuid)
			ORDER BY id %s LIMIT ?""";

	private static final String LOCK_TENANT = "SELECT pg_advisory_xact_lock(uuid_hash_extended(?, 8))";

	private static final String USED = """
			SELECT coalesce(sum(bytes), 0) AS bytes, count(*) AS files FROM stored_file WHERE tenant_id = ? AND ready""";

	private static final String READY = """
			UPDATE stored_file SET purpose = ?, name = ?, bytes = ?, expires_at = ?, ready = true
			WHERE tenant_id = ? AND id = ? AND NOT ready""";

	private static final String LOCK = "SELECT id FROM stored_file WHERE tenant_id = ? AND project_id = ? AND id = ? AND ready FOR UPDATE";

	private static final String IN_USE = """
			SELECT EXISTS (SELECT FROM batch WHERE tenant_id = ? AND input_file_id = ?
				AND status IN ('validating', 'in_progress', 'finalizing', 'cancelling'))""";

	private static final String DELETE = "DELETE FROM stored_file WHERE tenant_id = ? AND id = ?";

	private final JdbcClient jdbc;

	private final TransactionTemplate transactions;

	private final SecretBox secrets;

	private final BatchSettings settings;

	private final Clock clock;

	private final Uuid7 ids;

	/**
	 * Makes a store.
	 * @param jdbc works as the gateway's role
	 * @param transactions transactions of the same connections
	 */
	FileStore(JdbcClient jdbc, TransactionTemplate transactions, SecretBox secrets, BatchSettings settings,
			Clock clock) {
		this.jdbc = jdbc;
		this.transactions = transactions;
		this.secrets = secrets;
		this.settings = settings;
		this.clock = clock;
		this.ids = new Uuid7(clock);
	}

	/** Begins a file, which nobody sees until it is finished. */
	public StoredFileWriter begin(Owner owner) {
		UUID id = this.ids.next();
		ContentKey key = ContentKey.generate();
		Sealed sealed = this.secrets.seal(key.bytes(), keyPlace(id));
		Instant now = this.clock.instant();
		this.jdbc.sql(INSERT)
			.params(owner.tenant().value(), id, owner.project().value(), owner.key().value(), timestamp(now),
					timestamp(now.plus(this.settings.retention())), sealed.keyId(), sealed.bytes())
			.update();
		return new StoredFileWriter(this, this.jdbc, owner, id, key, now);
	}

	/**
	 * Returns whether a tenant has room for a file more.
	 * @param bytes its length, as far as it is known
	 */
	public boolean hasRoom(TenantId tenant, long bytes) {
		return this.jdbc.sql(USED)
			.params(tenant.value())
			.query((row, n) -> row.getInt("files") < this.settings.tenantFilesMax()
					&& bytes <= this.settings.tenantMax().toBytes() - row.getLong("bytes"))
			.single();
	}

	/**
	 * Makes a file visible.
	 * @param quota whether the tenant's quota may refuse it
	 * @return empty where it was refused
	 */
	Optional<StoredFile> ready(StoredFile file, boolean quota) {
		return Optional.ofNullable(this.transactions.execute((status) -> {
			UUID tenant = file.owner().tenant().value();
			if (quota) {
				this.jdbc.sql(LOCK_TENANT).params(tenant).query().singleRow();
				if (!hasRoom(file.owner().tenant(), file.bytes())) {
					return null;
				}
			}
			int changed = this.jdbc.sql(READY)
				.params(file.purpose(), file.name(), file.bytes(), timestamp(file.expiresAt()), tenant, file.id())
				.update();
			if (changed == 0) {
				throw new IllegalStateException("file " + file.id() + " was given up while it was written");
			}
			return file;
		}));
	}

	/** Finds a file of the owner's project. */
	public Optional<StoredFile> find(Owner owner, UUID id) {
		return this.jdbc.sql(FIND)
			.params(owner.tenant().value(), owner.project().value(), id, timestamp(this.clock.instant()))
			.query((row, n) -> file(row))
			.optional();
	}

	/**
	 * Lists the files of the owner's project.
	 * @param purpose only those for it, or null for all
	 * @param after only those that come after this one, or null
	 * @param ascending whether the oldest comes first
	 * @param limit at most this many, at least 1
	 */
	public List<StoredFile> list(Owner owner, @Nullable String purpose, @Nullable UUID after, boolean ascending,
			int limit) {
		String wanted = (purpose != null) ? purpose : "";
		String from = (after != null) ? after.toString() : null;
		return this.jdbc.sql(ascending ? LIST.formatted(">", "ASC") : LIST.formatted("<", "DESC"))
			.params(Arrays.asList(owner.tenant().value(), owner.project().value(), timestamp(this.clock.instant()),
					wanted, wanted, from, from, limit))
			.query((row, n) -> file(row))
			.list();
	}

	/** Deletes a file of the owner's project, unless an unfinished batch reads it. */
	public Deletion delete(Owner owner, UUID id) {
		UUID tenant = owner.tenant().value();
		return this.transactions.execute((status) -> {
			// First the lock, then the look: a batch that is being made shares the lock.
			if (this.jdbc.sql(LOCK).params(tenant, owner.project().value(), id).query().listOfRows().isEmpty()) {
				return Deletion.NOT_FOUND;
			}
			if (this.jdbc.sql(IN_USE).params(tenant, id).query(Boolean.class).single()) {
				return Deletion.IN_USE;
			}
			this.jdbc.sql(DELETE).params(tenant, id).update();
			return Deletion.DELETED;
		});
	}

	void discard(TenantId tenant, UUID id) {
		this.jdbc.sql(DELETE + " AND NOT ready").params(tenant.value(), id).update();
	}

	/**
	 * Opens a file's content. Reading fails should it be deleted meanwhile.
	 * @throws io.exchequer.registry.crypto.UnreadableSecretException if its master key is
	 * gone
	 */
	public InputStream open(StoredFile file) {
		return content(file.owner().tenant(), file.id(), file.bytes());
	}

	/** Opens a file's content, to read it by its parts too. */
	FileContent content(TenantId tenant, UUID id, long bytes) {
		return new FileContent(this.jdbc, tenant, id, bytes, key(tenant, id));
	}

	/** Opens the content of a batch's input. */
	FileContent content(TenantId tenant, UUID id) throws IOException {
		long bytes = this.jdbc.sql("SELECT bytes FROM stored_file WHERE tenant_id = ? AND id = ? AND ready")
			.params(tenant.value(), id)
			.query(Long.class)
			.optional()
			.orElseThrow(() -> new IOException("file " + id + " is gone"));
		return content(tenant, id, bytes);
	}

	private ContentKey key(TenantId tenant, UUID id) {
		Sealed sealed = this.jdbc.sql("SELECT master_key, sealed_key FROM stored_file WHERE tenant_id = ? AND id = ?")
			.params(tenant.value(), id)
			.query((row, n) -> new Sealed(row.getString(1), row.getBytes(2)))
			.single();
		return ContentKey.of(this.secrets.open(sealed, keyPlace(id)));
	}

	/** Returns what a file's key is bound to. */
	static String keyPlace(UUID id) {
		return "stored_file/" + id;
	}

	static String chunkPlace(UUID id, int chunk) {
		return "file_chunk/" + id + '/' + chunk;
	}

	Duration retention() {
		return this.settings.retention();
	}

	/** Returns the longest file, in bytes. */
	long longest() {
		return this.settings.fileMax().toBytes();
	}

	private static StoredFile file(ResultSet row) throws SQLException {
		Owner owner = new Owner(new TenantId(row.getObject("tenant_id", UUID.class)),
				new ProjectId(row.getObject("project_id", UUID.class)), new KeyId(row.getObject("key_id", UUID.class)));
		return new StoredFile(row.getObject("id", UUID.class), owner, row.getString("purpose"), row.getString("name"),
				row.getLong("bytes"), instant(row, "created_at"), instant(row, "expires_at"));
	}

	static Instant instant(ResultSet row, String column) throws SQLException {
		return row.getObject(column, OffsetDateTime.class).toInstant();
	}

	static OffsetDateTime timestamp(Instant at) {
		return at.atOffset(ZoneOffset.UTC);
	}

	/** What became of a deletion. */
	public enum Deletion {

		/** It is gone. */
		DELETED,

		/** The project has no such file. */
		NOT_FOUND,

		/** An unfinished batch reads it. */
		IN_USE

	}

}
