package io.exchequer.registry.administration;

import java.time.LocalDate;
import java.util.List;
import java.util.Map;
import java.util.UUID;

import io.exchequer.kernel.ConflictProblem;
import io.exchequer.kernel.NotFoundProblem;
import io.exchequer.kernel.ValidationProblem;
import io.exchequer.registry.Change;
import io.exchequer.registry.Change.Kind;
import io.exchequer.registry.DataClass;
import io.exchequer.registry.DeploymentSettings;
import io.exchequer.registry.Lifecycle;
import io.exchequer.registry.Lifecycle.Stage;
import io.exchequer.registry.Model;
import io.exchequer.registry.Put;
import io.exchequer.registry.RegistryAdministration;
import io.exchequer.registry.RegistryCommand.PutAlias;
import io.exchequer.registry.RegistryCommand.PutDeployment;
import io.exchequer.registry.RegistryCommand.PutModel;
import io.exchequer.registry.RegistryCommand.PutProvider;
import io.exchequer.registry.RegistryView.AliasView;
import io.exchequer.registry.RegistryView.DeploymentView;
import io.exchequer.registry.RegistryView.ProviderView;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

class RegistryAdministrationIT {

	private RegistryContext context;

	private RegistryAdministration administration;

	@BeforeEach
	void start() {
		this.context = new RegistryContext();
		this.administration = this.context.administration();
	}

	@AfterEach
	void stop() {
		this.context.close();
	}

	@Test
	void tellsWhatItWasGiven() {
		Samples.fill(this.administration);
		ProviderView provider = this.administration.provider("openai");
		assertThat(provider.provider().baseUrl()).isEqualTo("https://api.openai.com/v1");
		assertThat(provider.provider().settings()).containsExactly(Map.entry("organisation", "acme"));
		assertThat(provider.credential()).isNull();
		Model model = this.administration.model("mini");
		assertThat(model.capabilities()).isEqualTo(Samples.CAPABILITIES);
		assertThat(model.lifecycle()).isEqualTo(Lifecycle.ACTIVE);
		assertThat(this.administration.alias("small")).isEqualTo(new AliasView("small", "mini"));
		DeploymentView deployment = this.administration.deployment("openai/mini");
		assertThat(deployment.settings()).isEqualTo(Samples.SETTINGS);
		assertThat(deployment.id().value().version()).isEqualTo(7);
		assertThat(this.administration.providers()).containsExactly(provider);
		assertThat(this.administration.models()).extracting(Model::name).containsExactly("maxi", "mini");
		assertThat(this.administration.aliases()).extracting(AliasView::name).containsExactly("small");
		assertThat(this.administration.deployments()).containsExactly(deployment);
	}

	@Test
	void writesNothingWhenNothingIsDifferent() {
		Samples.fill(this.administration);
		long version = this.context.configurationVersion();
		assertThat(this.administration.put(Samples.provider(), Put.UPSERT).changed()).isFalse();
		assertThat(this.administration.put(Samples.model("mini"), Put.UPSERT).changed()).isFalse();
		assertThat(this.administration.put(new PutAlias("small", "mini"), Put.UPSERT).changed()).isFalse();
		assertThat(this.administration.put(Samples.deployment("openai/mini", "mini"), Put.UPSERT).changed()).isFalse();
		assertThat(this.context.configurationVersion()).isEqualTo(version);
	}

	@Test
	void tellsBeforeAndAfterOfAnUpdate() {
		Samples.fill(this.administration);
		Change<ProviderView> provider = this.administration
			.put(new PutProvider("openai", "openai", "http://localhost:9000/v1//", Map.of()), Put.UPDATE);
		assertThat(provider.kind()).isEqualTo(Kind.UPDATED);
		assertThat(provider.now().provider().baseUrl()).isEqualTo("http://localhost:9000/v1");
		assertThat(this.administration.provider("openai")).isEqualTo(provider.now());
		Change<AliasView> alias = this.administration.put(new PutAlias("small", "maxi"), Put.UPSERT);
		assertThat(alias.before()).isEqualTo(new AliasView("small", "mini"));
		assertThat(this.administration.alias("small").model()).isEqualTo("maxi");
		Change<DeploymentView> deployment = this.administration.put(
				new PutDeployment("openai/mini", "maxi", "openai", "other", DataClass.PUBLIC, null, false), Put.UPDATE);
		assertThat(deployment.now().settings()).isEqualTo(DeploymentSettings.DEFAULTS);
		assertThat(this.administration.deployment("openai/mini")).isEqualTo(deployment.now());
		assertThat(this.context.configurationVersion()).isGreaterThan(1);
	}

	@Test
	void keepsTheLifecycleOfAModelUnlessTold() {
		this.administration.put(Samples.model("mini"), Put.CREATE);
		Lifecycle deprecated = new Lifecycle(Stage.DEPRECATED, "maxi", LocalDate.of(2027, 6, 30));
		assertThat(this.administration.changeLifecycle("mini", deprecated).kind()).isEqualTo(Kind.UPDATED);
		assertThat(this.administration.changeLifecycle("mini", deprecated).kind()).isEqualTo(Kind.UNCHANGED);
		this.administration.put(new PutModel("mini", null, Samples.CAPABILITIES, null), Put.UPDATE);
		assertThat(this.administration.model("mini").lifecycle()).isEqualTo(deprecated);
		assertThat(this.administration.model("mini").displayName()).isEqualTo("mini");
	}

	@ParameterizedTest
	@EnumSource(names = { "CREATE", "UPSERT" })
	void refusesANameThatMeansSomethingElse(Put put) {
		Samples.fill(this.administration);
		assertConflict("name_taken", () -> this.administration.put(new PutAlias("mini", "maxi"), put));
		assertConflict("name_taken", () -> this.administration.put(new PutAlias("openai/mini", "maxi"), put));
		assertConflict("name_taken", () -> this.administration.put(Samples.model("small"), put));
		assertConflict("name_taken", () -> this.administration.put(Samples.deployment("mini", "mini"), put));
	}

	@ParameterizedTest
	@ValueSource(strings = { "0198c0de-0000-7000-8000-000000000001", "0198C0DE-0000-7000-8000-00000000000A" })
	void refusesANameThatCouldBeAnIdentifier(String name) {
		Samples.fill(this.administration);
		for (Runnable attempt : List.<Runnable>of(
				() -> this.administration.put(new PutProvider(name, "openai", "http://host", Map.of()), Put.UPSERT),
				() -> this.administration.put(Samples.model(name), Put.CREATE),
				() -> this.administration.put(new PutAlias(name, "mini"), Put.UPSERT),
				() -> this.administration.put(Samples.deployment(name, "mini"), Put.CREATE))) {
			assertThatExceptionOfType(ValidationProblem.class).isThrownBy(attempt::run)
				.satisfies((problem) -> assertThat(problem.problems()).singleElement()
					.satisfies((one) -> assertThat(one.code()).isEqualTo("name_like_identifier")));
		}
		this.administration.put(Samples.model("openai/" + name), Put.CREATE);
	}

	@Test
	void createsOnceAndUpdatesOnlyWhatIsThere() {
		Samples.fill(this.administration);
		assertConflict("name_taken", () -> this.administration.put(Samples.provider(), Put.CREATE));
		assertConflict("name_taken", () -> this.administration.put(Samples.model("mini"), Put.CREATE));
		assertNotFound("model_not_found", () -> this.administration.put(Samples.model("none"), Put.UPDATE));
		assertNotFound("alias_not_found", () -> this.administration.put(new PutAlias("none", "mini"), Put.UPDATE));
		assertNotFound("deployment_not_found",
				() -> this.administration.put(Samples.deployment("none", "mini"), Put.UPDATE));
	}

	@Test
	void givesANameBackWhenItsOwnerIsDeleted() {
		Samples.fill(this.administration);
		assertThat(this.administration.deleteAlias("small").kind()).isEqualTo(Kind.DELETED);
		this.administration.put(Samples.model("small"), Put.CREATE);
		assertThat(this.administration.model("small").name()).isEqualTo("small");
	}

	@Test
	void refusesToDeleteWhatIsInUse() {
		Samples.fill(this.administration);
		assertConflict("provider_in_use", () -> this.administration.deleteProvider("openai"));
		assertConflict("model_in_use", () -> this.administration.deleteModel("mini"));
		this.administration.deleteDeployment("openai/mini");
		assertConflict("model_in_use", () -> this.administration.deleteModel("mini"));
		this.administration.deleteAlias("small");
		this.administration.deleteModel("mini");
		this.administration.setCredential("openai", "sk-1");
		this.administration.deleteProvider("openai");
		assertThat(this.context.owner().sql("SELECT count(*) FROM provider_credential").query(Long.class).single())
			.isZero();
	}

	@Test
	void namesWhatADeploymentLacks() {
		Samples.fill(this.administration);
		assertThatExceptionOfType(ValidationProblem.class)
			.isThrownBy(() -> this.administration
				.put(new PutDeployment("a b", "none", "nowhere", "", DataClass.PUBLIC, null, true), Put.UPSERT))
			.satisfies((problem) -> assertThat(problem.problems()).extracting(ValidationProblem.FieldProblem::code)
				.containsExactly("invalid_name", "invalid_text", "unknown_model", "unknown_provider"));
		assertThatExceptionOfType(ValidationProblem.class)
			.isThrownBy(() -> this.administration.put(new PutAlias("other", "none"), Put.UPSERT))
			.withMessageContaining("there is no model \"none\"");
	}

	@Test
	void saysWhatIsNotThere() {
		assertNotFound("provider_not_found", () -> this.administration.provider("x"));
		assertNotFound("provider_not_found", () -> this.administration.setCredential("x", "sk-1"));
		assertNotFound("model_not_found", () -> this.administration.deleteModel("x"));
		assertNotFound("alias_not_found", () -> this.administration.alias("x"));
		assertNotFound("deployment_not_found", () -> this.administration.priceCards("x"));
		assertNotFound("deployment_not_found", () -> this.administration.add(Samples.card("x", "1")));
		assertNotFound("price_card_not_found", () -> this.administration.priceCard(new UUID(0, 0)));
	}

	@Test
	void joinsTheCallersTransaction() {
		this.context.transaction().executeWithoutResult((status) -> {
			Samples.fill(this.administration);
			assertThat(this.administration.deployments()).hasSize(1);
			status.setRollbackOnly();
		});
		assertThat(this.administration.deployments()).isEmpty();
		assertThat(this.administration.providers()).isEmpty();
	}

	@Test
	void liftsAQuarantine() {
		Samples.fill(this.administration);
		DeploymentView before = this.administration.deployment("openai/mini");
		assertThat(this.context.quarantine().quarantine(before.id(), "billed_over_bound", RegistryContext.START))
			.isTrue();
		assertThat(this.context.quarantine().quarantine(before.id(), "second", RegistryContext.START)).isFalse();
		DeploymentView quarantined = this.administration.deployment("openai/mini");
		assertThat(quarantined.quarantine())
			.isEqualTo(new DeploymentView.Quarantine(RegistryContext.START, "billed_over_bound"));
		assertThat(this.administration.put(Samples.deployment("openai/mini", "mini"), Put.UPSERT).changed()).isFalse();
		assertThat(this.administration.liftQuarantine("openai/mini").now()).isEqualTo(before);
		assertThat(this.administration.liftQuarantine("openai/mini").changed()).isFalse();
	}

	@Test
	void keepsNamesCaseSensitive() {
		this.administration.put(Samples.model("Mini"), Put.CREATE);
		this.administration.put(Samples.model("mini"), Put.CREATE);
		assertThat(this.administration.models()).extracting(Model::name).isEqualTo(List.of("Mini", "mini"));
	}

	private static void assertConflict(String code, Runnable action) {
		assertThatExceptionOfType(ConflictProblem.class).isThrownBy(action::run)
			.satisfies((problem) -> assertThat(problem.code()).isEqualTo(code));
	}

	private static void assertNotFound(String code, Runnable action) {
		assertThatExceptionOfType(NotFoundProblem.class).isThrownBy(action::run)
			.satisfies((problem) -> assertThat(problem.code()).isEqualTo(code));
	}

}
