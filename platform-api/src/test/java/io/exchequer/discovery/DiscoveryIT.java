package io.exchequer.discovery;

import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Supplier;

import io.exchequer.ExchequerApplication;
import io.exchequer.configuration.ConfigurationSource;
import io.exchequer.kernel.Money;
import io.exchequer.registry.Capabilities;
import io.exchequer.registry.DataClass;
import io.exchequer.registry.Deployment;
import io.exchequer.registry.Lifecycle;
import io.exchequer.registry.Modality;
import io.exchequer.registry.PriceCard;
import io.exchequer.registry.ProviderKinds;
import io.exchequer.registry.Put;
import io.exchequer.registry.RegistryAdministration;
import io.exchequer.registry.RegistryCommand.PutModel;
import io.exchequer.registry.RegistryCommand.PutProvider;
import io.exchequer.registry.RegistrySnapshot;
import io.exchequer.registry.RegistryView.DeploymentView;
import io.exchequer.registry.RegistryView.ProviderView;
import io.exchequer.registry.crypto.MasterKeys;
import io.exchequer.replay.ReplayServer;
import io.exchequer.security.Actor;
import io.exchequer.security.CurrentActor;
import io.exchequer.testing.TestDatabase;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.core.env.MapPropertySource;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.transaction.support.TransactionTemplate;

import static org.assertj.core.api.Assertions.assertThat;

/** What is found at a start, and what the next ones leave alone. */
class DiscoveryIT {

	private static final String KEY = "sk-of-somebody-1";

	private static final int OWN_PORT = 1;

	private static final Instant FAR = Instant.parse("2199-01-01T00:00:00Z");

	private final TestDatabase database = TestDatabase.empty();

	private final JdbcClient owner = JdbcClient.create(this.database.owner());

	private final ReplayServer ollama = RecordedServers.ollama();

	private final ReplayServer vllm = RecordedServers.vllm();

	private final Map<String, Object> variables = new HashMap<>();

	private final ConfigurableApplicationContext platform = start();

	private final Discovery discovery = this.platform.getBean(Discovery.class);

	private ConfigurableApplicationContext start() {
		return new SpringApplicationBuilder(ExchequerApplication.class)
			.initializers((context) -> context.getEnvironment()
				.getPropertySources()
				.addFirst(new MapPropertySource("variables", this.variables)))
			.run("--server.port=0", "--spring.datasource.url=" + this.database.jdbcUrl(),
					"--spring.datasource.username=" + this.database.username(),
					"--spring.datasource.password=" + this.database.password(),
					"--exchequer.master-keys=" + MasterKeys.generateEntry("test"),
					"--exchequer.admin-key=the-platform-administrators-token", "--exchequer.demo=false",
					"--exchequer.discovery.enabled=true",
					"--exchequer.discovery.servers=" + this.ollama.origin() + "," + this.vllm.origin());
	}

	@AfterEach
	void stop() {
		this.platform.close();
		this.database.close();
		this.ollama.close();
		this.vllm.close();
	}

	private <T> T asAdministrator(Supplier<T> work) {
		T result = this.platform.getBean(CurrentActor.class)
			.runAs(Actor.PLATFORM,
					() -> this.platform.getBean(TransactionTemplate.class).execute((status) -> work.get()));
		if (result == null) {
			throw new IllegalStateException();
		}
		return result;
	}

	private RegistryAdministration registry() {
		return this.platform.getBean(RegistryAdministration.class);
	}

	private List<String> providers() {
		return asAdministrator(() -> registry().providers().stream().map((each) -> each.provider().name()).toList());
	}

	private List<String> deployments() {
		return asAdministrator(() -> registry().deployments().stream().map(DeploymentView::name).toList());
	}

	private ProviderView provider(String name) {
		return asAdministrator(() -> registry().provider(name));
	}

	private String secret(String provider) {
		RegistrySnapshot registry = this.platform.getBean(ConfigurationSource.class).refresh().routing().registry();
		return registry.deployments()
			.stream()
			.filter((each) -> each.provider().name().equals(provider))
			.map(Deployment::credential)
			.findFirst()
			.orElseThrow()
			.secret();
	}

	private String providerAt(ReplayServer server, ServerKind kind) {
		return kind.providerName(server.port());
	}

	private RegistrySnapshot callable() {
		return this.platform.getBean(ConfigurationSource.class).current().routing().registry();
	}

	private List<String> events() {
		return this.owner
			.sql("SELECT actor_kind || ' ' || action || ' ' || resource || ' ' || resource_name "
					+ "FROM audit_event ORDER BY id")
			.query(String.class)
			.list();
	}

	@Test
	void neverLooksForAnythingAtAStartOnAnExternalDatabase() {
		assertThat(this.ollama.received()).isEmpty();
		assertThat(this.vllm.received()).isEmpty();
		assertThat(providers()).isEmpty();
	}

	@Test
	void registersServersWithTheirModelsAtALabelledPriceOfZero() throws InterruptedException {
		this.discovery.lookAround(OWN_PORT);
		String ollama = providerAt(this.ollama, ServerKind.OLLAMA);
		String vllm = providerAt(this.vllm, ServerKind.VLLM);
		assertThat(providers()).containsExactlyInAnyOrder(ollama, vllm);
		assertThat(deployments()).containsExactlyInAnyOrder(ollama + "/llama3.2:3b",
				ollama + "/nomic-embed-text:latest", vllm + "/Qwen/Qwen2.5-7B-Instruct", vllm + "/support-lora");
		RegistrySnapshot registry = callable();
		for (Deployment deployment : registry.deployments()) {
			assertThat(deployment.dataClass()).isEqualTo(DataClass.RESTRICTED);
			assertThat(deployment.enabled()).isTrue();
			PriceCard card = registry.priceCard(deployment.id(), FAR).orElseThrow();
			assertThat(card.dearest(1_000_000, 1_000_000, 1)).isEqualTo(Money.zero(card.currency()));
		}
		assertThat(asAdministrator(() -> registry().priceCards(vllm + "/support-lora"))).singleElement()
			.satisfies((card) -> {
				assertThat(card.source()).isEqualTo("local, zero price");
				assertThat(card.note()).isEqualTo("found at " + this.vllm.origin() + " (vLLM 0.11.0)");
			});
		assertThat(provider(vllm).provider()).satisfies((provider) -> {
			assertThat(provider.kind()).isEqualTo("openai");
			assertThat(provider.baseUrl()).isEqualTo(this.vllm.origin() + "/v1");
			assertThat(provider.settings()).containsEntry("assistantPrefill", "continue-final-message");
		});
		assertThat(events()).contains("PLATFORM create provider " + vllm, "PLATFORM create model support-lora",
				"PLATFORM create deployment " + vllm + "/support-lora",
				"PLATFORM create price_card " + vllm + "/support-lora");
	}

	@Test
	void changesNothingWhenItLooksAgain() throws InterruptedException {
		this.discovery.lookAround(OWN_PORT);
		List<String> before = events();
		this.discovery.lookAround(OWN_PORT);
		assertThat(events()).isEqualTo(before);
	}

	@Test
	void putsNothingBackThatAnAdministratorDeletedOrMoved() throws InterruptedException {
		this.discovery.lookAround(OWN_PORT);
		String ollama = providerAt(this.ollama, ServerKind.OLLAMA);
		String vllm = providerAt(this.vllm, ServerKind.VLLM);
		asAdministrator(() -> registry().deleteDeployment(vllm + "/support-lora"));
		asAdministrator(() -> registry().deleteModel("support-lora"));
		for (String deployment : deployments()) {
			if (deployment.startsWith(ollama)) {
				asAdministrator(() -> registry().deleteDeployment(deployment));
			}
		}
		asAdministrator(() -> registry().deleteProvider(ollama));
		this.discovery.lookAround(OWN_PORT);
		assertThat(providers()).containsExactly(vllm);
		assertThat(deployments()).containsExactly(vllm + "/Qwen/Qwen2.5-7B-Instruct");
		// A provider that leads elsewhere by now is not given this server's models.
		asAdministrator(() -> registry().put(new PutProvider(vllm, "openai", "https://models.example/v1", Map.of()),
				Put.UPDATE));
		this.owner.sql("DELETE FROM discovered WHERE kind = 'deployment'").update();
		this.discovery.lookAround(OWN_PORT);
		assertThat(deployments()).containsExactly(vllm + "/Qwen/Qwen2.5-7B-Instruct");
	}

	@Test
	void joinsNoModelThatWasThereBefore() throws InterruptedException {
		asAdministrator(() -> registry().put(new PutModel("llama3.2:3b", null,
				new Capabilities(Set.of(Modality.TEXT), Set.of(Modality.TEXT), false, false, false, 10, 10, null),
				null), Put.CREATE));
		this.discovery.lookAround(OWN_PORT);
		String ollama = providerAt(this.ollama, ServerKind.OLLAMA);
		assertThat(asAdministrator(() -> registry().deployment(ollama + "/llama3.2:3b")).model())
			.isEqualTo("local/" + ollama + "/llama3.2:3b");
		assertThat(asAdministrator(() -> registry().model("llama3.2:3b")).capabilities().contextWindow()).isEqualTo(10);
	}

	@Test
	void leavesAProviderAloneThatHasTheName() throws InterruptedException {
		String vllm = providerAt(this.vllm, ServerKind.VLLM);
		asAdministrator(
				() -> registry().put(new PutProvider(vllm, "openai", "https://ours.example", Map.of()), Put.CREATE));
		this.discovery.lookAround(OWN_PORT);
		assertThat(provider(vllm).provider().baseUrl()).isEqualTo("https://ours.example");
		assertThat(deployments()).allMatch((name) -> name.startsWith("ollama"));
	}

	@Test
	void asksNotItself() throws InterruptedException {
		this.discovery.lookAround(this.vllm.port());
		assertThat(this.vllm.received()).isEmpty();
		assertThat(this.ollama.received()).isNotEmpty();
	}

	@Test
	void registersAProviderByItsKeyAndItsVendorsModelsAtTheirListPrices() {
		this.variables.put("OPENAI_API_KEY", " " + KEY + " ");
		this.discovery.lookIntoEnvironment(OWN_PORT);
		ProviderView openai = provider("openai");
		assertThat(openai.provider().kind()).isEqualTo("openai");
		assertThat(openai.provider().baseUrl()).isEqualTo("https://api.openai.com/v1");
		assertThat(openai.credential()).isNotNull();
		assertThat(deployments()).hasSizeGreaterThan(5).allMatch((name) -> name.startsWith("openai/"));
		for (Deployment deployment : callable().deployments()) {
			assertThat(deployment.dataClass()).isEqualTo(DataClass.INTERNAL);
			assertThat(deployment.model().lifecycle().stage()).isEqualTo(Lifecycle.Stage.ACTIVE);
			assertThat(
					callable().priceCard(deployment.id(), FAR).orElseThrow().dearest(1_000_000, 1_000_000, 1).nanos())
				.as(deployment.name())
				.isPositive();
			assertThat(asAdministrator(() -> registry().priceCards(deployment.name()))).singleElement()
				.satisfies((card) -> assertThat(card.source()).startsWith("https://"));
		}
		assertThat(events()).contains("PLATFORM create provider openai", "PLATFORM create credential openai");
		assertThat(this.owner.sql("SELECT string_agg(coalesce(after::text, ''), ' ') FROM audit_event")
			.query(String.class)
			.single()).doesNotContain(KEY);
		List<String> before = events();
		this.discovery.lookIntoEnvironment(OWN_PORT);
		assertThat(events()).isEqualTo(before);
	}

	@Test
	void registersOnlyProvidersOfKindsThatAreSpoken() {
		this.variables.put("OPENAI_API_KEY", KEY);
		this.variables.put("ANTHROPIC_API_KEY", KEY);
		this.variables.put("GOOGLE_API_KEY", KEY);
		this.variables.put("MISTRAL_API_KEY", KEY);
		this.discovery.lookIntoEnvironment(OWN_PORT);
		List<String> spoken = this.platform.getBean(ProviderKinds.class)
			.kinds()
			.stream()
			.filter(List.of("openai", "anthropic", "gemini", "mistral")::contains)
			.sorted()
			.toList();
		assertThat(providers()).containsExactlyElementsOf(spoken).contains("openai");
	}

	@Test
	void takesTheProvidersUrlFromTheEnvironment() {
		this.variables.put("OPENAI_API_KEY", KEY);
		this.variables.put("OPENAI_BASE_URL", "https://models.example/openai/v1/");
		this.discovery.lookIntoEnvironment(OWN_PORT);
		assertThat(provider("openai").provider().baseUrl()).isEqualTo("https://models.example/openai/v1");
		// It need not have OpenAI's models, nor ask OpenAI's prices.
		assertThat(deployments()).isEmpty();
	}

	@Test
	void putsNoModelBackThatAnAdministratorDeletedAndTakesNoNameThatIsTaken() {
		String taken = this.platform.getBean(HostedModels.class).of("openai").getFirst().id();
		String deleted = this.platform.getBean(HostedModels.class).of("openai").getLast().id();
		asAdministrator(() -> registry().put(new PutModel(taken, null,
				new Capabilities(Set.of(Modality.TEXT), Set.of(Modality.TEXT), false, false, false, 10, 10, null),
				null), Put.CREATE));
		this.variables.put("OPENAI_API_KEY", KEY);
		this.discovery.lookIntoEnvironment(OWN_PORT);
		assertThat(deployments()).doesNotContain("openai/" + taken).contains("openai/" + deleted);
		asAdministrator(() -> registry().deleteDeployment("openai/" + deleted));
		asAdministrator(() -> registry().deleteModel(deleted));
		this.discovery.lookIntoEnvironment(OWN_PORT);
		assertThat(deployments()).doesNotContain("openai/" + taken, "openai/" + deleted);
	}

	@Test
	void usesNoKeyThatIsForThisPlatformItself() {
		this.variables.put("OPENAI_API_KEY", KEY);
		this.variables.put("OPENAI_BASE_URL", "http://localhost:8099/v1");
		this.discovery.lookIntoEnvironment(8099);
		this.variables.put("OPENAI_API_KEY", "exq_a-virtual-key-of-its-own");
		this.variables.put("OPENAI_BASE_URL", "https://gateway.example/v1");
		this.discovery.lookIntoEnvironment(OWN_PORT);
		assertThat(providers()).isEmpty();
	}

	@Test
	void startsAllTheSameWhereAVariableCannotBeUsed() {
		this.variables.put("OPENAI_API_KEY", "k\u00e9y");
		this.discovery.lookIntoEnvironment(OWN_PORT);
		this.variables.put("OPENAI_API_KEY", KEY);
		this.variables.put("OPENAI_BASE_URL", "not a url");
		this.discovery.lookIntoEnvironment(OWN_PORT);
		assertThat(providers()).isEmpty();
		this.variables.remove("OPENAI_BASE_URL");
		this.discovery.lookIntoEnvironment(OWN_PORT);
		assertThat(providers()).containsExactly("openai");
	}

	@Test
	void followsANewKeyUntilAnAdministratorSetsAnother() {
		this.variables.put("OPENAI_API_KEY", KEY);
		this.discovery.lookIntoEnvironment(OWN_PORT);
		assertThat(secret("openai")).isEqualTo(KEY);
		this.variables.put("OPENAI_API_KEY", "sk-of-somebody-2");
		this.discovery.lookIntoEnvironment(OWN_PORT);
		assertThat(secret("openai")).isEqualTo("sk-of-somebody-2");
		asAdministrator(() -> registry().setCredential("openai", "sk-of-an-administrator"));
		this.variables.put("OPENAI_API_KEY", "sk-of-somebody-3");
		this.discovery.lookIntoEnvironment(OWN_PORT);
		assertThat(secret("openai")).isEqualTo("sk-of-an-administrator");
		asAdministrator(() -> registry().withdrawCredential("openai"));
		this.discovery.lookIntoEnvironment(OWN_PORT);
		assertThat(provider("openai").credential()).isNull();
	}

	@Test
	void bringsNoDeletedProviderBack() {
		this.variables.put("OPENAI_API_KEY", KEY);
		this.discovery.lookIntoEnvironment(OWN_PORT);
		deployments().forEach((name) -> asAdministrator(() -> registry().deleteDeployment(name)));
		asAdministrator(() -> registry().deleteProvider("openai"));
		this.discovery.lookIntoEnvironment(OWN_PORT);
		assertThat(providers()).isEmpty();
	}

	@Test
	void leavesAnAdministratorsProviderAlone() {
		asAdministrator(() -> registry().put(new PutProvider("openai", "openai", "https://ours.example", Map.of()),
				Put.CREATE));
		this.variables.put("OPENAI_API_KEY", KEY);
		this.discovery.lookIntoEnvironment(OWN_PORT);
		this.discovery.lookIntoEnvironment(OWN_PORT);
		assertThat(provider("openai").provider().baseUrl()).isEqualTo("https://ours.example");
		assertThat(provider("openai").credential()).isNull();
		assertThat(this.owner.sql("SELECT count(*) FROM discovered WHERE name IS NULL").query(Long.class).single())
			.isEqualTo(1);
	}

}
