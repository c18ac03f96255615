package io.exchequer.gateway;

import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;

import io.exchequer.billing.RequestCosts;
import io.exchequer.billing.RequestCosts.AttemptCost;
import io.exchequer.billing.RequestCosts.RequestCost;
import io.exchequer.configuration.Configuration;
import io.exchequer.configuration.ConfigurationSource;
import io.exchequer.kernel.DeploymentId;
import io.exchequer.kernel.TokenUsage;
import io.exchequer.registry.RegistrySnapshot;
import io.exchequer.tenancy.KeyIdentity;
import org.jspecify.annotations.Nullable;

/**
 * Tells what a request cost, to the key that made it.
 */
final class RequestsHandler {

	private static final int UUID_LENGTH = 36;

	private final ConfigurationSource configurations;

	private final Authenticator authenticator;

	private final RequestCosts costs;

	RequestsHandler(ConfigurationSource configurations, Authenticator authenticator, RequestCosts costs) {
		this.configurations = configurations;
		this.authenticator = authenticator;
		this.costs = costs;
	}

	void one(Exchange exchange, String idText) throws IOException, Rejection {
		Configuration configuration = this.configurations.current();
		KeyIdentity identity = this.authenticator.authenticate(exchange.request(), configuration,
				exchange.receivedAt());
		// Another key's request is told apart from none at all by nothing.
		RequestCost cost = parse(idText).flatMap((id) -> this.costs.find(identity.tenant(), id))
			.filter((found) -> found.key().equals(identity.key()))
			.orElseThrow(() -> Rejection.of(404, "request_not_found",
					"This key made no such request, or it was refused before it cost anything."));
		Answers.json(exchange.response(), answer(cost, configuration.routing().registry()));
	}

	private static Optional<UUID> parse(String text) {
		if (text.length() != UUID_LENGTH) {
			return Optional.empty();
		}
		try {
			return Optional.of(UUID.fromString(text));
		}
		catch (IllegalArgumentException _) {
			return Optional.empty();
		}
	}

	private static Map<String, Object> answer(RequestCost cost, RegistrySnapshot registry) {
		Map<String, Object> answer = new LinkedHashMap<>();
		answer.put("id", cost.requestId().toString());
		answer.put("object", "exchequer.request");
		answer.put("settled", cost.settled());
		answer.put("cost", cost.total().toPlainString());
		answer.put("currency", cost.total().currency().getCurrencyCode());
		answer.put("attempts", cost.attempts().stream().map((attempt) -> attempt(attempt, registry)).toList());
		return answer;
	}

	private static Map<String, Object> attempt(AttemptCost attempt, RegistrySnapshot registry) {
		Map<String, Object> members = new LinkedHashMap<>();
		members.put("attempt", attempt.attempt());
		members.put("deployment_id", attempt.deploymentId().toString());
		registry.deployment(new DeploymentId(attempt.deploymentId())).ifPresent((deployment) -> {
			members.put("deployment", deployment.name());
			members.put("model", deployment.model().name());
			members.put("provider", deployment.provider().name());
		});
		members.put("price_card_id", attempt.priceCardId().toString());
		members.put("service_tier", attempt.serviceTier());
		members.put("usage", usage(attempt.usage()));
		members.put("cost", attempt.cost().toPlainString());
		members.put("currency", attempt.cost().currency().getCurrencyCode());
		members.put("estimated", attempt.estimatedReason() != null);
		if (attempt.estimatedReason() != null) {
			members.put("estimated_reason", attempt.estimatedReason());
		}
		members.put("posted_at", attempt.postedAt().toString());
		return members;
	}

	private static @Nullable Map<String, Long> usage(@Nullable TokenUsage usage) {
		if (usage == null) {
			return null;
		}
		Map<String, Long> members = new LinkedHashMap<>();
		usage.nonZero().forEach((bucket, count) -> members.put(bucket.name().toLowerCase(Locale.ROOT), count));
		return members;
	}

}
