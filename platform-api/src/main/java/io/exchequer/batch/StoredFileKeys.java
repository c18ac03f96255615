package io.exchequer.batch;

import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.stream.Collectors;

import io.exchequer.kernel.ConflictProblem;
import io.exchequer.registry.crypto.MasterKeys;
import io.exchequer.registry.crypto.SecretBox;
import io.exchequer.registry.crypto.SecretBox.Sealed;
import io.exchequer.registry.crypto.UnreadableSecretException;

import org.springframework.jdbc.core.simple.JdbcClient;

/**
 * The keys of files under the master keys, for administration: in the caller's
 * transaction, as its role.
 */
public final class StoredFileKeys {

	private static final String COUNT = "SELECT master_key, count(*) AS files FROM stored_file GROUP BY master_key";

	private static final String OLDER = """
			SELECT tenant_id, id, master_key, sealed_key FROM stored_file WHERE master_key <> ? ORDER BY tenant_id, id
			FOR UPDATE""";

	private static final String MOVE = """
			UPDATE stored_file SET master_key = ?, sealed_key = ? WHERE tenant_id = ? AND id = ?""";

	private final JdbcClient jdbc;

	private final MasterKeys masterKeys;

	private final SecretBox secrets;

	/**
	 * Makes it.
	 * @param jdbc on administration's pool
	 */
	StoredFileKeys(JdbcClient jdbc, MasterKeys masterKeys, SecretBox secrets) {
		this.jdbc = jdbc;
		this.masterKeys = masterKeys;
		this.secrets = secrets;
	}

	/** Returns how many files are kept under each master key. */
	public Map<String, Long> filesByMasterKey() {
		return this.jdbc.sql(COUNT)
			.query((row, n) -> Map.entry(row.getString("master_key"), row.getLong("files")))
			.list()
			.stream()
			.collect(Collectors.toMap(Map.Entry::getKey, Map.Entry::getValue));
	}

	/**
	 * Puts every file's key under the current master key; contents stay as they are.
	 * @return how many were moved
	 * @throws ConflictProblem if one cannot be read
	 */
	public int reencrypt() {
		List<Older> older = this.jdbc.sql(OLDER)
			.params(this.masterKeys.current().id())
			.query((row, n) -> new Older(row.getObject("tenant_id", UUID.class), row.getObject("id", UUID.class),
					new Sealed(row.getString("master_key"), row.getBytes("sealed_key"))))
			.list();
		for (Older file : older) {
			String place = FileStore.keyPlace(file.id());
			try {
				Sealed anew = this.secrets.seal(this.secrets.open(file.sealed(), place), place);
				this.jdbc.sql(MOVE).params(anew.keyId(), anew.bytes(), file.tenant(), file.id()).update();
			}
			catch (UnreadableSecretException ex) {
				throw new ConflictProblem("file_unreadable", "Nothing was encrypted anew: " + ex.getMessage()
						+ ". Configure its master key again, or have its file deleted.");
			}
		}
		return older.size();
	}

	private record Older(UUID tenant, UUID id, Sealed sealed) {
	}

}
