package io.exchequer.admin;

import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

import io.exchequer.admin.Changes.Subject;
import io.exchequer.batch.StoredFileKeys;
import io.exchequer.registry.RegistryAdministration;
import io.exchequer.registry.crypto.MasterKeys;
import io.exchequer.security.AccessControl;
import io.exchequer.security.AdminTokens;
import io.exchequer.security.Permission;
import io.exchequer.tenancy.KeyAdministration;
import io.swagger.v3.oas.annotations.tags.Tag;

import org.springframework.http.MediaType;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RestController;

/** What each master key protects, and moving it to the current one. */
@RestController
@RequestMapping(path = "/admin/v1/master-keys", produces = MediaType.APPLICATION_JSON_VALUE)
@Tag(name = "master-keys")
class MasterKeyController {

	private final MasterKeys masterKeys;

	private final RegistryAdministration registry;

	private final KeyAdministration keys;

	private final AdminTokens tokens;

	private final StoredFileKeys files;

	private final Changes changes;

	private final AccessControl access;

	MasterKeyController(MasterKeys masterKeys, RegistryAdministration registry, KeyAdministration keys,
			AdminTokens tokens, StoredFileKeys files, Changes changes, AccessControl access) {
		this.masterKeys = masterKeys;
		this.registry = registry;
		this.keys = keys;
		this.tokens = tokens;
		this.files = files;
		this.changes = changes;
		this.access = access;
	}

	/**
	 * Lists the master keys that this replica knows or that something is kept under. One
	 * that protects nothing, on a list that every replica agrees with, can go.
	 */
	@GetMapping
	Page<MasterKeyResource> list() {
		this.access.require(Permission.READ_PROVIDERS);
		return this.changes.inTransaction(this::report);
	}

	/**
	 * Encrypts every provider's credential and every file's key under the current master
	 * key, all of them or none. Virtual keys and admin tokens cannot be moved here, since
	 * only their hashes are kept: each is moved by its next use.
	 */
	@PostMapping("/reencrypt")
	Page<MasterKeyResource> reencrypt() {
		this.access.require(Permission.WRITE_REGISTRY);
		return this.changes.inTransaction(() -> {
			int moved = this.registry.reencryptCredentials();
			int movedFiles = this.files.reencrypt();
			if (moved + movedFiles > 0) {
				this.changes.record(Subject.shared("master_key", this.masterKeys.current().id()), "reencrypt", null,
						Map.of("credentials", moved, "files", movedFiles));
			}
			return report();
		});
	}

	private Page<MasterKeyResource> report() {
		Map<String, Long> credentials = this.registry.credentialsByMasterKey();
		Map<String, Long> secrets = this.keys.secretsByMasterKey();
		Map<String, Long> adminTokens = this.tokens.tokensByMasterKey();
		Map<String, Long> storedFiles = this.files.filesByMasterKey();
		Set<String> ids = new TreeSet<>(credentials.keySet());
		ids.addAll(storedFiles.keySet());
		ids.addAll(secrets.keySet());
		ids.addAll(adminTokens.keySet());
		this.masterKeys.all().forEach((key) -> ids.add(key.id()));
		return Page.whole(ids.stream()
			.map((id) -> new MasterKeyResource(id, id.equals(this.masterKeys.current().id()),
					this.masterKeys.byId(id).isPresent(), credentials.getOrDefault(id, 0L),
					secrets.getOrDefault(id, 0L), adminTokens.getOrDefault(id, 0L), storedFiles.getOrDefault(id, 0L)))
			.toList());
	}

	/**
	 * A master key and what it protects.
	 *
	 * @param id its identifier
	 * @param current whether new secrets are kept under it
	 * @param configured whether this replica has it; what is under one that it has not
	 * cannot be used
	 * @param credentials how many credentials of providers are encrypted under it,
	 * retired ones too
	 * @param virtualKeys how many secrets of virtual keys that are accepted now are kept
	 * under it
	 * @param adminTokens how many admin tokens that are accepted now are kept under it
	 */
	record MasterKeyResource(String id, boolean current, boolean configured, long credentials, long virtualKeys,
			long adminTokens, long files) {
	}

}
