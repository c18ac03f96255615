package io.exchequer.gateway;

import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;

import io.exchequer.billing.BudgetSnapshot;
import io.exchequer.billing.ChargeTo;
import io.exchequer.configuration.Configuration;
import io.exchequer.kernel.DeploymentId;
import io.exchequer.kernel.KeyId;
import io.exchequer.kernel.ModelId;
import io.exchequer.kernel.ProjectId;
import io.exchequer.kernel.TeamId;
import io.exchequer.kernel.TenantId;
import io.exchequer.registry.Capabilities;
import io.exchequer.registry.DataClass;
import io.exchequer.registry.Deployment;
import io.exchequer.registry.DeploymentSettings;
import io.exchequer.registry.Lifecycle;
import io.exchequer.registry.Modality;
import io.exchequer.registry.Model;
import io.exchequer.registry.PriceCard;
import io.exchequer.registry.Provider;
import io.exchequer.registry.RegistrySnapshot;
import io.exchequer.routing.RoutingConfiguration;
import io.exchequer.routing.RoutingPolicy;
import io.exchequer.routing.wire.Endpoint;
import io.exchequer.routing.wire.InvalidRequestException;
import io.exchequer.routing.wire.OpenAiRequests;
import io.exchequer.routing.wire.RequestDocument;
import io.exchequer.tenancy.IdentitySnapshot;
import io.exchequer.tenancy.KeyIdentity;
import org.jspecify.annotations.Nullable;

/**
 * A small configuration in memory: one tenant's key, two models, an alias.
 */
final class TestWorld {

	static final String KEY = "xq-test-key";

	static final String EXPIRED_KEY = "xq-expired-key";

	static final String REVOKED_KEY = "xq-revoked-key";

	static final KeyIdentity IDENTITY = identity(Set.of("*"), Set.of("*"));

	static final Deployment SIMULATOR = deployment("sim-1", "sim", "demo", 1);

	static final Deployment HOSTED = deployment("org/hosted-eu", "hosted", "openai", 2);

	private TestWorld() {
	}

	static KeyIdentity identity(Set<String> names, Set<String> tasks) {
		return identity(names, tasks, false);
	}

	static KeyIdentity identity(Set<String> names, Set<String> tasks, boolean storesAnswers) {
		return new KeyIdentity(new TenantId(id(100)), new TeamId(id(101)), new ProjectId(id(102)), new KeyId(id(103)),
				"test", "CC-7", List.of("blue", "red"), names, tasks, 60, 10_000, storesAnswers);
	}

	static Configuration configuration(long version, KeyIdentity identity) {
		RoutingConfiguration routing = new RoutingConfiguration(version, new Registry(), new NoBudgets(),
				(tenant, task) -> Optional.<RoutingPolicy>empty());
		return new Configuration(version, routing, new Identities(identity));
	}

	static RequestDocument document(String model, @Nullable String metadataTask) {
		return document(Endpoint.CHAT_COMPLETIONS, model, metadataTask);
	}

	static RequestDocument document(Endpoint endpoint, String model, @Nullable String metadataTask) {
		String content = (endpoint == Endpoint.EMBEDDINGS) ? "\"input\":\"hello\""
				: "\"messages\":[{\"role\":\"user\",\"content\":\"hello\"}]";
		String metadata = (metadataTask != null) ? ",\"metadata\":{\"task\":\"" + metadataTask + "\"}" : "";
		byte[] body = ("{\"model\":\"" + model + "\"," + content + metadata + "}").getBytes(StandardCharsets.UTF_8);
		try {
			return OpenAiRequests.parse(endpoint, body, body.length);
		}
		catch (InvalidRequestException ex) {
			throw new IllegalStateException(ex);
		}
	}

	static UUID id(int number) {
		return UUID.fromString("01990000-0000-7000-8000-%012x".formatted(number));
	}

	private static Deployment deployment(String name, String modelName, String kind, int number) {
		Capabilities capabilities = new Capabilities(Set.of(Modality.TEXT, Modality.IMAGE), Set.of(Modality.TEXT), true,
				true, false, 8192, 4096, null);
		Model model = new Model(new ModelId(id(number)), modelName, "The " + modelName, capabilities,
				new Lifecycle(Lifecycle.Stage.ACTIVE, null, null));
		Provider provider = new Provider(id(10 + number), kind + "-provider", kind, "", Map.of());
		return new Deployment(new DeploymentId(id(20 + number)), name, model, provider, modelName, null,
				DataClass.CONFIDENTIAL, DeploymentSettings.DEFAULTS, true, false);
	}

	/** Knows three keys. */
	private record Identities(KeyIdentity identity) implements IdentitySnapshot {

		@Override
		public Authentication authenticate(String presented, Instant at) {
			return switch (presented) {
				case KEY -> new Authentication.Accepted(this.identity);
				case EXPIRED_KEY -> new Authentication.Expired();
				case REVOKED_KEY -> new Authentication.Revoked();
				default -> new Authentication.Unknown();
			};
		}

		@Override
		public Optional<KeyIdentity> key(KeyId id) {
			return Optional.of(this.identity).filter((known) -> known.key().equals(id));
		}

		@Override
		public Optional<KeyIdentity> usableKey(KeyId id, Instant at) {
			return key(id);
		}

		@Override
		public List<Portal> portals(TenantId tenant, Instant at) {
			return List.of();
		}

	}

	/** Knows two deployments, and the alias {@code best} for the hosted one. */
	private static final class Registry implements RegistrySnapshot {

		@Override
		public List<Model> models() {
			return List.of(HOSTED.model(), SIMULATOR.model());
		}

		@Override
		public List<Deployment> deployments() {
			return List.of(HOSTED, SIMULATOR);
		}

		@Override
		public List<String> aliases() {
			return List.of("best");
		}

		@Override
		public Optional<Deployment> deployment(DeploymentId id) {
			return deployments().stream().filter((deployment) -> deployment.id().equals(id)).findFirst();
		}

		@Override
		public Optional<Target> resolve(String name) {
			return switch (name) {
				case "sim-1" -> target(name, Target.Kind.DEPLOYMENT, SIMULATOR);
				case "org/hosted-eu" -> target(name, Target.Kind.DEPLOYMENT, HOSTED);
				case "sim" -> target(name, Target.Kind.MODEL, SIMULATOR);
				case "hosted" -> target(name, Target.Kind.MODEL, HOSTED);
				case "best" -> target(name, Target.Kind.ALIAS, HOSTED);
				default -> Optional.empty();
			};
		}

		private static Optional<Target> target(String name, Target.Kind kind, Deployment deployment) {
			return Optional.of(new Target(name, kind, deployment.model().name(), List.of(deployment)));
		}

		@Override
		public Optional<PriceCard> priceCard(DeploymentId deployment, Instant at) {
			return Optional.empty();
		}

	}

	/** Has no budgets. */
	private static final class NoBudgets implements BudgetSnapshot {

		@Override
		public boolean hardLimited(ChargeTo chargeTo, ModelId model) {
			return false;
		}

		@Override
		public long epoch(TenantId tenant) {
			return 0;
		}

	}

}
