package io.exchequer.registry.administration;

import io.exchequer.registry.RegistrySnapshot;
import io.exchequer.registry.RegistrySnapshot.Target;
import io.exchequer.registry.RegistrySnapshot.Target.Kind;
import io.exchequer.registry.Deployment;
import io.exchequer.registry.Lifecycle;
import io.exchequer.registry.Lifecycle.Stage;
import io.exchequer.registry.Model;
import io.exchequer.registry.Put;
import io.exchequer.testing.DataRules;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import org.springframework.dao.DataAccessException;
import org.springframework.jdbc.core.simple.JdbcClient;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/** What each role may do to the tables, and what the gateway sees of them. */
class RegistryRolesIT {

	private RegistryContext context;

	@BeforeEach
	void start() {
		this.context = new RegistryContext();
		Samples.fill(this.context.administration());
		this.context.administration().add(Samples.card("openai/mini", "0.075"));
		this.context.administration().setCredential("openai", "sk-1");
	}

	@AfterEach
	void stop() {
		this.context.close();
	}

	@ParameterizedTest
	@ValueSource(strings = { "UPDATE provider SET base_url = ''", "DELETE FROM provider_credential",
			"UPDATE provider_credential SET retired_at = now()", "DELETE FROM model", "DELETE FROM model_alias",
			"UPDATE deployment SET enabled = false", "DELETE FROM deployment",
			"INSERT INTO callable_name VALUES ('x', 'model')", "DELETE FROM price_card",
			"UPDATE price_card SET note = ''", "UPDATE configuration_version SET version = 0",
			"UPDATE price_proposal SET state = 'OPEN'", "DELETE FROM price_import_entry" })
	void letsTheGatewayWriteNothingOfTheRegistry(String sql) {
		assertThatExceptionOfType(DataAccessException.class).isThrownBy(() -> this.context.gateway().sql(sql).update())
			.withStackTraceContaining("permission denied");
	}

	@ParameterizedTest
	@ValueSource(strings = { "DELETE FROM price_card", "UPDATE price_card SET note = ''", "TRUNCATE price_card",
			"INSERT INTO callable_name VALUES ('x', 'model')", "DELETE FROM callable_name",
			"UPDATE configuration_version SET version = 0", "ALTER TABLE price_card DISABLE TRIGGER ALL",
			"UPDATE price_proposal SET tiers = '[1]'", "DELETE FROM price_proposal", "DELETE FROM price_import",
			"UPDATE price_import SET source = 'x'" })
	void letsTheConsoleNeitherChangePriceCardsNorWhatTriggersKeep(String sql) {
		JdbcClient console = JdbcClient.create(this.context.database().console("*"));
		assertThatExceptionOfType(DataAccessException.class).isThrownBy(() -> console.sql(sql).update());
	}

	@Test
	void letsTheGatewayQuarantine() throws Exception {
		long version = this.context.configurationVersion();
		assertThat(this.context.gateway()
			.sql("UPDATE deployment SET quarantined_at = now(), quarantine_reason = 'billed_over_bound'")
			.update()).isEqualTo(1);
		assertThat(this.context.configurationVersion()).isEqualTo(version + 1);
		assertThat(this.context.snapshot().deployments().getFirst().quarantined()).isTrue();
	}

	@Test
	void keepsTheDataRules() {
		DataRules.assertTenantLeads(this.context.database().owner());
		DataRules.assertTenantProtected(this.context.database().owner());
	}

	@Test
	void resolvesDeploymentsModelsAndAliases() throws Exception {
		this.context.administration().put(Samples.deployment("a/mini", "mini"), Put.CREATE);
		RegistrySnapshot snapshot = this.context.snapshot();
		assertThat(snapshot.resolve("openai/mini")).get()
			.returns(Kind.DEPLOYMENT, Target::kind)
			.returns("mini", Target::model)
			.satisfies((target) -> assertThat(target.deployments()).extracting(Deployment::name)
				.containsExactly("openai/mini"));
		assertThat(snapshot.resolve("mini")).get()
			.returns(Kind.MODEL, Target::kind)
			.satisfies((target) -> assertThat(target.deployments()).extracting(Deployment::name)
				.containsExactly("a/mini", "openai/mini"));
		assertThat(snapshot.resolve("small")).get().returns(Kind.ALIAS, Target::kind).returns("mini", Target::model);
		assertThat(snapshot.resolve("maxi")).get().satisfies((target) -> assertThat(target.deployments()).isEmpty());
		assertThat(snapshot.resolve("auto")).isEmpty();
		assertThat(snapshot.models()).extracting(Model::name).containsExactly("maxi", "mini");
		assertThat(snapshot.aliases()).containsExactly("small");
		Deployment deployment = snapshot.deployments().getLast();
		assertThat(snapshot.deployment(deployment.id())).contains(deployment);
		assertThat(deployment.settings()).isEqualTo(Samples.SETTINGS);
		assertThat(deployment.model().capabilities()).isEqualTo(Samples.CAPABILITIES);
		assertThat(deployment.provider().settings()).containsEntry("organisation", "acme");
	}

	@Test
	void stillResolvesARetiredModelSoThatItsExclusionCanBeExplained() throws Exception {
		this.context.administration().changeLifecycle("mini", new Lifecycle(Stage.RETIRED, "maxi", null));
		Deployment deployment = this.context.snapshot().resolve("mini").orElseThrow().deployments().getFirst();
		assertThat(deployment.model().lifecycle().retired(RegistryContext.START)).isTrue();
		assertThat(deployment.model().lifecycle().successor()).isEqualTo("maxi");
	}

}
