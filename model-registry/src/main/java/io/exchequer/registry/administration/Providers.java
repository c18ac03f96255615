package io.exchequer.registry.administration;

import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.stream.Collectors;

import io.exchequer.kernel.ConflictProblem;
import io.exchequer.kernel.NotFoundProblem;
import io.exchequer.kernel.Uuid7;
import io.exchequer.registry.Change;
import io.exchequer.registry.Credential;
import io.exchequer.registry.Provider;
import io.exchequer.registry.ProviderKinds;
import io.exchequer.registry.Put;
import io.exchequer.registry.RegistryCommand.PutProvider;
import io.exchequer.registry.RegistryView.CredentialView;
import io.exchequer.registry.RegistryView.ProviderView;
import io.exchequer.registry.administration.CredentialRepository.ByMasterKey;
import io.exchequer.registry.crypto.MasterKeys;
import io.exchequer.registry.crypto.SecretBox;
import io.exchequer.registry.crypto.SecretBox.Sealed;
import io.exchequer.registry.crypto.UnreadableSecretException;
import org.jspecify.annotations.Nullable;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.stereotype.Component;

import static io.exchequer.registry.administration.Flushing.flushing;

/**
 * Providers and their credentials. Works within the caller's transaction.
 */
@Component("registryProviders")
class Providers {

	private final ProviderRepository providers;

	private final CredentialRepository credentials;

	private final DeploymentRepository deployments;

	private final ObjectProvider<ProviderKinds> kinds;

	private final MasterKeys masterKeys;

	private final SecretBox secrets;

	private final Clock clock;

	private final Uuid7 ids;

	Providers(ProviderRepository providers, CredentialRepository credentials, DeploymentRepository deployments,
			ObjectProvider<ProviderKinds> kinds, MasterKeys masterKeys, SecretBox secrets, Clock clock) {
		this.providers = providers;
		this.credentials = credentials;
		this.deployments = deployments;
		this.kinds = kinds;
		this.masterKeys = masterKeys;
		this.secrets = secrets;
		this.clock = clock;
		this.ids = new Uuid7(clock);
	}

	List<ProviderView> all() {
		Map<UUID, CredentialView> current = this.credentials.current()
			.stream()
			.collect(Collectors.toMap(CredentialEntity::providerId, CredentialEntity::toView));
		return this.providers.all()
			.stream()
			.map((entity) -> new ProviderView(entity.toProvider(), current.get(entity.id())))
			.toList();
	}

	ProviderView view(String name) {
		return view(named(name));
	}

	ProviderEntity named(String name) {
		return this.providers.named(name).orElseThrow(() -> new NotFoundProblem("provider", name));
	}

	Change<ProviderView> put(PutProvider command, Put put) {
		RegistryRules.check(command, this.kinds.getIfAvailable());
		Optional<ProviderEntity> found = this.providers.named(command.name());
		Flushing.allow(put, found.isPresent(), "provider", command.name());
		String baseUrl = command.baseUrl().replaceFirst("/+$", "");
		Provider wanted = new Provider(found.map(ProviderEntity::id).orElseGet(this.ids::next), command.name(),
				command.kind(), baseUrl, Map.copyOf(command.settings()));
		if (found.isEmpty()) {
			RegistryRules.requireNoIdentifier(command.name());
			flushing(() -> this.providers.saveAndFlush(new ProviderEntity(wanted, now())));
			return Change.created(new ProviderView(wanted, null));
		}
		ProviderView before = view(found.get());
		if (before.provider().equals(wanted)) {
			return Change.unchanged(before);
		}
		// Told by the row itself: what was read before the lock may be older than its
		// secret.
		this.providers.lockNamed(command.name());
		boolean stays = sameServer(this.providers.baseUrlOf(wanted.id()), baseUrl);
		found.get().set(wanted, now());
		if (!stays) {
			this.credentials.currentOf(wanted.id()).ifPresent((credential) -> credential.retire(now()));
		}
		flushing(this.providers::flush);
		return Change.updated(before, view(found.get()));
	}

	/**
	 * Returns whether two base URLs lead to the same server by the same protocol: only
	 * there may a secret go that was given for the first.
	 */
	private static boolean sameServer(String one, String other) {
		return server(one).equals(server(other));
	}

	private static String server(String baseUrl) {
		URI url = URI.create(baseUrl.toLowerCase(Locale.ROOT));
		int port = (url.getPort() >= 0) ? url.getPort() : "https".equals(url.getScheme()) ? 443 : 80;
		return url.getScheme() + "://" + url.getHost() + ":" + port;
	}

	Change<ProviderView> delete(String name) {
		ProviderEntity entity = named(name);
		List<String> used = this.deployments.namesOfProvider(entity.id());
		if (!used.isEmpty()) {
			throw new ConflictProblem("provider_in_use",
					"The provider \"" + name + "\" serves the deployments " + used + ". Delete them first.");
		}
		ProviderView before = view(entity);
		flushing(() -> {
			this.providers.delete(entity);
			this.providers.flush();
		});
		return Change.deleted(before);
	}

	List<CredentialView> credentials(String provider) {
		return this.credentials.of(named(provider).id()).stream().map(CredentialEntity::toView).toList();
	}

	Change<CredentialView> setCredential(String provider, String secret) {
		RegistryRules.checkSecret(secret);
		UUID providerId = locked(provider);
		Optional<CredentialEntity> current = this.credentials.currentOf(providerId);
		CredentialView before = current.map(CredentialEntity::toView).orElse(null);
		if (before != null && secret.equals(opened(current.get()))) {
			return Change.unchanged(before);
		}
		// Retired and flushed first: only one may be current at any moment.
		current.ifPresent((entity) -> entity.retire(now()));
		this.credentials.flush();
		UUID id = this.ids.next();
		Sealed sealed = this.secrets.seal(secret.getBytes(StandardCharsets.UTF_8), Credential.placeOf(id));
		CredentialView after = flushing(
				() -> this.credentials.saveAndFlush(new CredentialEntity(id, providerId, sealed, now())))
			.toView();
		return (before != null) ? Change.updated(before, after) : Change.created(after);
	}

	Change<CredentialView> withdrawCredential(String provider) {
		CredentialEntity current = this.credentials.currentOf(locked(provider))
			.orElseThrow(() -> new NotFoundProblem("credential", provider));
		CredentialView before = current.toView();
		current.retire(now());
		this.credentials.flush();
		return Change.deleted(before);
	}

	int reencryptCredentials() {
		List<CredentialEntity> older = this.credentials.lockNotUnder(this.masterKeys.current().id());
		for (CredentialEntity entity : older) {
			String place = Credential.placeOf(entity.id());
			try {
				entity.reencrypted(this.secrets.seal(this.secrets.open(entity.sealed(), place), place));
			}
			catch (UnreadableSecretException ex) {
				throw new ConflictProblem("credential_unreadable", "Nothing was encrypted anew: " + ex.getMessage()
						+ ". Configure its master key again, or delete its provider.");
			}
		}
		this.credentials.flush();
		return older.size();
	}

	Map<String, Long> credentialsByMasterKey() {
		return this.credentials.byMasterKey()
			.stream()
			.collect(Collectors.toMap(ByMasterKey::getMasterKey, ByMasterKey::getCredentials));
	}

	/** Returns a credential's secret, or null where it does not open any more. */
	private @Nullable String opened(CredentialEntity entity) {
		try {
			return new String(this.secrets.open(entity.sealed(), Credential.placeOf(entity.id())),
					StandardCharsets.UTF_8);
		}
		catch (UnreadableSecretException ex) {
			return null;
		}
	}

	private UUID locked(String provider) {
		return this.providers.lockNamed(provider).orElseThrow(() -> new NotFoundProblem("provider", provider)).id();
	}

	private ProviderView view(ProviderEntity entity) {
		return new ProviderView(entity.toProvider(),
				this.credentials.currentOf(entity.id()).map(CredentialEntity::toView).orElse(null));
	}

	private Instant now() {
		return this.clock.instant().truncatedTo(ChronoUnit.MICROS);
	}

}
