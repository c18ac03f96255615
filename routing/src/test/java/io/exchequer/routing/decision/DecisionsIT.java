package io.exchequer.routing.decision;

import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Map;
import java.util.UUID;

import javax.sql.DataSource;

import io.exchequer.kernel.TenantId;
import io.exchequer.registry.DataClass;
import io.exchequer.routing.DecisionView;
import io.exchequer.routing.Decisions;
import io.exchequer.routing.FailureClass;
import io.exchequer.routing.PolicyAdministration;
import io.exchequer.routing.PolicyDefinition;
import io.exchequer.routing.RoutingPolicy;
import io.exchequer.routing.TestRegistry;
import io.exchequer.routing.strategy.StrategyName;
import io.exchequer.testing.TestDatabase;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;

import org.springframework.boot.WebApplicationType;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.boot.persistence.autoconfigure.EntityScan;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.ComponentScan;
import org.springframework.context.support.GenericApplicationContext;
import org.springframework.data.jpa.repository.config.EnableJpaRepositories;
import org.springframework.jdbc.core.simple.JdbcClient;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Decision records read back from the table that billing writes.
 */
class DecisionsIT {

	private static final TestDatabase database = TestDatabase.create();

	private static final ConfigurableApplicationContext context = start();

	private final Decisions decisions = context.getBean(Decisions.class);

	private final TestRegistry registry = new TestRegistry().deployment("a", "m").deployment("b", "m");

	private final TenantId tenant = new TenantId(UUID.randomUUID());

	private final UUID request = UUID.randomUUID();

	private static ConfigurableApplicationContext start() {
		DataSource console = database.console("*");
		return new SpringApplicationBuilder(Application.class).web(WebApplicationType.NONE)
			.properties(Map.of("spring.flyway.enabled", "false", "spring.main.banner-mode", "off"))
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
	void explainsARequestInNamesAndWords() {
		RoutingPolicy policy = context.getBean(PolicyAdministration.class)
			.save(this.tenant,
					new PolicyDefinition("main", "chat", List.of(new RoutingPolicy.Candidate("m", 1)), "cheapest", null,
							null, null, null, null),
					this.registry, "ann")
			.policy();
		store(policy.versionId(), Instant.parse("2026-11-22T10:15:30Z"), "answered");
		DecisionView view = this.decisions.find(this.tenant, this.request, this.registry).orElseThrow();
		assertThat(view.policy()).isEqualTo("main");
		assertThat(view.version()).isEqualTo(1);
		assertThat(view.at()).isEqualTo(Instant.parse("2026-11-22T10:15:30Z"));
		assertThat(view.candidates()).extracting(DecisionView.Candidate::deployment).containsExactly("b", "a", null);
		assertThat(view.candidates()).extracting(DecisionView.Candidate::reason)
			.containsExactly("failed", "chosen", "data_class");
		assertThat(view.candidates().getFirst().detail()).contains("1234 nano-units");
		assertThat(view.attempts()).extracting(DecisionView.Attempt::deployment).containsExactly("b", "a");
		assertThat(view.attempts()).extracting(DecisionView.Attempt::failure).containsExactly("overloaded", null);
	}

	@Test
	void readsTheLatestOfARequest() {
		store(null, Instant.parse("2026-11-22T10:15:30Z"), "budget_exceeded");
		store(null, Instant.parse("2026-11-22T10:15:31Z"), "answered");
		DecisionView view = this.decisions.find(this.tenant, this.request, this.registry).orElseThrow();
		assertThat(view.outcome()).isEqualTo("answered");
		assertThat(view.policy()).isNull();
	}

	@Test
	void findsNothingOfAnotherTenants() {
		store(null, Instant.parse("2026-11-22T10:15:30Z"), "answered");
		assertThat(this.decisions.find(new TenantId(UUID.randomUUID()), this.request, this.registry)).isEmpty();
		assertThat(this.decisions.find(this.tenant, UUID.randomUUID(), this.registry)).isEmpty();
	}

	private void store(@Nullable UUID policyVersion, Instant at, String outcome) {
		DecisionRecord decision = new DecisionRecord(7, "auto", StrategyName.CHEAPEST, DataClass.INTERNAL, false, false,
				12,
				List.of(new DecisionRecord.Candidate(id("b"), 1, ReasonCode.FAILED, 1234),
						new DecisionRecord.Candidate(id("a"), 2, ReasonCode.CHOSEN, 5678),
						new DecisionRecord.Candidate(UUID.randomUUID(), 0, ReasonCode.DATA_CLASS, -1)),
				List.of(new DecisionRecord.Attempt(0, FailureClass.OVERLOADED, 503, null, 20),
						new DecisionRecord.Attempt(1, null, 200, 300, 40)),
				outcome, 61);
		JdbcClient.create(database.gateway(1))
			.sql("INSERT INTO decision (tenant_id, request_id, at, policy_version_id, encoded) "
					+ "VALUES (:tenant, :request, :at, :policy, :encoded)")
			.param("tenant", this.tenant.value())
			.param("request", this.request)
			.param("at", at.atOffset(ZoneOffset.UTC))
			.param("policy", policyVersion)
			.param("encoded", DecisionCodec.encode(decision))
			.update();
	}

	private UUID id(String deployment) {
		return this.registry.get(deployment).id().value();
	}

	@EnableAutoConfiguration
	@EntityScan("io.exchequer.routing.policy")
	@EnableJpaRepositories("io.exchequer.routing.policy")
	@ComponentScan({ "io.exchequer.routing.policy", "io.exchequer.routing.decision" })
	static class Application {

	}

}
