package io.exchequer.routing.policy;

import java.sql.Connection;
import java.sql.SQLException;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.UUID;

import javax.sql.DataSource;

import io.exchequer.kernel.TenantId;
import io.exchequer.kernel.ValidationProblem;
import io.exchequer.registry.DataClass;
import io.exchequer.routing.FailureClass;
import io.exchequer.routing.PolicyAdministration;
import io.exchequer.routing.PolicyAdministration.PolicyVersion;
import io.exchequer.routing.PolicyAdministration.Saved;
import io.exchequer.routing.PolicyDefinition;
import io.exchequer.routing.PolicySnapshot;
import io.exchequer.routing.RoutingPolicy;
import io.exchequer.routing.RoutingPolicy.Candidate;
import io.exchequer.routing.TestRegistry;
import io.exchequer.testing.TestDatabase;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;

import org.springframework.boot.WebApplicationType;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.boot.persistence.autoconfigure.EntityScan;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Import;
import org.springframework.context.support.GenericApplicationContext;
import org.springframework.data.jpa.repository.config.EnableJpaRepositories;
import org.springframework.jdbc.core.simple.JdbcClient;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

/**
 * Policies in a real database, written in the console's role and read in the gateway's.
 */
class PolicyAdministrationIT {

	private static final TestDatabase database = TestDatabase.create();

	private static final ConfigurableApplicationContext context = start();

	private final PolicyAdministration policies = context.getBean(PolicyAdministration.class);

	private final TestRegistry registry = new TestRegistry().deployment("a", "m").deployment("b", "m");

	private final TenantId tenant = new TenantId(UUID.randomUUID());

	private final TenantId other = new TenantId(UUID.randomUUID());

	private static ConfigurableApplicationContext start() {
		DataSource console = database.console("*");
		return new SpringApplicationBuilder(Application.class).web(WebApplicationType.NONE)
			.properties(Map.of("spring.flyway.enabled", "false", "spring.jpa.hibernate.ddl-auto", "validate",
					"spring.main.banner-mode", "off"))
			.initializers((starting) -> {
				var beans = (GenericApplicationContext) starting;
				beans.registerBean(DataSource.class, () -> console);
				beans.registerBean(Clock.class, Clock::systemUTC);
			})
			.run();
	}

	@AfterAll
	static void stop() {
		context.close();
		database.close();
	}

	@Test
	void givesAVersionToEachChangeAndNoneToARepetition() {
		Saved first = this.policies.save(this.tenant, definition("chat", "a"), this.registry, "ann");
		assertThat(first.created()).isTrue();
		assertThat(first.policy().version()).isEqualTo(1);
		Saved same = this.policies.save(this.tenant, definition("chat", "a"), this.registry, "bob");
		assertThat(same.changed()).isFalse();
		assertThat(same.policy()).isEqualTo(first.policy());
		Saved second = this.policies.save(this.tenant, definition("chat", "b"), this.registry, "bob");
		assertThat(second.created()).isFalse();
		assertThat(second.policy().version()).isEqualTo(2);
		assertThat(second.policy().versionId()).isNotEqualTo(first.policy().versionId());
		assertThat(this.policies.versions(this.tenant, "main")).extracting(PolicyVersion::createdBy)
			.containsExactly("bob", "ann");
	}

	@Test
	void keepsEveryMemberOfADefinition() {
		PolicyDefinition full = new PolicyDefinition("main", "chat",
				List.of(new Candidate("a", 3), new Candidate("m", 0)), "weighted", DataClass.CONFIDENTIAL, 2_000, 50,
				new RoutingPolicy.Fallback(5, Duration.ofSeconds(90), Map.of(FailureClass.RATE_LIMITED,
						new RoutingPolicy.Rule(RoutingPolicy.Rule.Action.FALL_BACK, "b", 2),
						FailureClass.CONTENT_REFUSED, new RoutingPolicy.Rule(RoutingPolicy.Rule.Action.FAIL, null, 1))),
				RoutingPolicy.OnSoftLimit.CHEAPER);
		this.policies.save(this.tenant, full, this.registry, "ann");
		RoutingPolicy stored = this.policies.find(this.tenant, "main").orElseThrow();
		assertThat(PolicyDefinition.of(stored)).isEqualTo(full);
		assertThat(snapshot().policy(this.tenant, "chat")).contains(stored);
	}

	@Test
	void putsAnEarlierVersionBackInForceUnderItsOldIdentifier() {
		UUID first = this.policies.save(this.tenant, definition("chat", "a"), this.registry, "ann")
			.policy()
			.versionId();
		this.policies.save(this.tenant, definition("summary", "b"), this.registry, "ann");
		assertThat(snapshot().policy(this.tenant, "chat")).isEmpty();
		assertThat(this.policies.rollBack(this.tenant, "main", 1, this.registry)).isPresent();
		assertThat(snapshot().policy(this.tenant, "chat"))
			.hasValueSatisfying((policy) -> assertThat(policy.versionId()).isEqualTo(first));
		Saved third = this.policies.save(this.tenant, definition("chat", "b"), this.registry, "ann");
		assertThat(third.policy().version()).isEqualTo(3);
		assertThat(this.policies.rollBack(this.tenant, "main", 9, this.registry)).isEmpty();
		assertThat(this.policies.rollBack(this.tenant, "none", 1, this.registry)).isEmpty();
	}

	@Test
	void refusesToGoBackToAVersionWhoseCandidatesAreGone() {
		this.policies.save(this.tenant, definition("chat", "a"), this.registry, "ann");
		this.policies.save(this.tenant, definition("chat", "b"), this.registry, "ann");
		TestRegistry without = new TestRegistry().deployment("b", "m");
		assertThatThrownBy(() -> this.policies.rollBack(this.tenant, "main", 1, without))
			.isInstanceOf(ValidationProblem.class)
			.hasMessageContaining("'a'");
	}

	@Test
	void servesATaskByOnePolicyAndAnyOtherByTheOneForAll() {
		this.policies.save(this.tenant, definition("chat", "a"), this.registry, "ann");
		this.policies.save(this.tenant, definition("catch-all", "*", "b"), this.registry, "ann");
		assertThatThrownBy(
				() -> this.policies.save(this.tenant, definition("second", "chat", "b"), this.registry, "ann"))
			.isInstanceOf(ValidationProblem.class)
			.hasMessageContaining("'main'");
		PolicySnapshot snapshot = snapshot();
		assertThat(snapshot.policy(this.tenant, "chat").orElseThrow().name()).isEqualTo("main");
		assertThat(snapshot.policy(this.tenant, "translation").orElseThrow().name()).isEqualTo("catch-all");
		assertThat(snapshot.policy(this.other, "chat")).isEmpty();
	}

	@Test
	void deletesAPolicyButNotWhatItsDecisionsName() {
		UUID version = this.policies.save(this.tenant, definition("chat", "a"), this.registry, "ann")
			.policy()
			.versionId();
		assertThat(this.policies.delete(this.tenant, "main")).isTrue();
		assertThat(this.policies.delete(this.tenant, "main")).isFalse();
		assertThat(this.policies.list(this.tenant)).isEmpty();
		assertThat(snapshot().policy(this.tenant, "chat")).isEmpty();
		assertThat(this.policies.version(this.tenant, version))
			.hasValueSatisfying((stored) -> assertThat(stored.current()).isFalse());
		assertThat(this.policies.version(this.other, version)).isEmpty();
	}

	@Test
	void showsATenantNothingOfAnothers() {
		this.policies.save(this.tenant, definition("chat", "a"), this.registry, "ann");
		assertThat(this.policies.list(this.other)).isEmpty();
		assertThat(this.policies.find(this.other, "main")).isEmpty();
		assertThat(this.policies.versions(this.other, "main")).isEmpty();
		assertThat(this.policies.delete(this.other, "main")).isFalse();
		assertThat(JdbcClient.create(database.console(this.other.toString()))
			.sql("SELECT count(*) FROM routing_policy")
			.query(Long.class)
			.single()).isZero();
	}

	@Test
	void changesOrDeletesNoVersion() {
		this.policies.save(this.tenant, definition("chat", "a"), this.registry, "ann");
		JdbcClient owner = JdbcClient.create(database.owner());
		for (String change : List.of("UPDATE routing_policy_version SET created_by = 'x'",
				"DELETE FROM routing_policy_version", "TRUNCATE routing_policy_version")) {
			assertThatThrownBy(() -> owner.sql(change).update()).hasMessageContaining("only succeeded");
		}
	}

	@Test
	void raisesTheConfigurationsVersionWithEachChange() {
		long before = configurationVersion();
		this.policies.save(this.tenant, definition("chat", "a"), this.registry, "ann");
		long after = configurationVersion();
		assertThat(after).isGreaterThan(before);
		this.policies.save(this.tenant, definition("chat", "a"), this.registry, "ann");
		assertThat(configurationVersion()).isEqualTo(after);
	}

	private static long configurationVersion() {
		return JdbcClient.create(database.gateway(1))
			.sql("SELECT version FROM configuration_version")
			.query(Long.class)
			.single();
	}

	private static PolicyDefinition definition(String task, String candidate) {
		return definition("main", task, candidate);
	}

	private static PolicyDefinition definition(String name, String task, String candidate) {
		return new PolicyDefinition(name, task, List.of(new Candidate(candidate, 1)), null, null, null, null, null,
				null);
	}

	private static PolicySnapshot snapshot() {
		try (Connection connection = database.gateway(1).getConnection()) {
			return new PolicySnapshotLoader().load(connection);
		}
		catch (SQLException ex) {
			throw new IllegalStateException(ex);
		}
	}

	@EnableAutoConfiguration
	@EntityScan("io.exchequer.routing.policy")
	@EnableJpaRepositories("io.exchequer.routing.policy")
	@Import(DefaultPolicyAdministration.class)
	static class Application {

	}

}
