package io.exchequer.gateway;

import java.io.IOException;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.UUID;

import io.exchequer.gateway.dialect.Dialect;
import io.exchequer.configuration.Configuration;
import io.exchequer.configuration.ConfigurationSource;
import io.exchequer.kernel.Uuid7;
import io.exchequer.registry.Capabilities;
import io.exchequer.registry.Deployment;
import io.exchequer.registry.Lifecycle;
import io.exchequer.registry.Modality;
import io.exchequer.registry.Model;
import io.exchequer.registry.RegistrySnapshot.Target;
import io.exchequer.tenancy.KeyIdentity;

/**
 * Lists what a key may ask for, in the client's shape, with what the platform knows
 * beside it.
 */
final class ModelsHandler {

	private static final int UUID_V7 = 7;

	private final ConfigurationSource configurations;

	private final Authenticator authenticator;

	ModelsHandler(ConfigurationSource configurations, Authenticator authenticator) {
		this.configurations = configurations;
		this.authenticator = authenticator;
	}

	void list(Exchange exchange) throws IOException, Rejection {
		List<Map<String, Object>> data = names(exchange).all()
			.stream()
			.map((target) -> entry(target, exchange.dialect()))
			.toList();
		Map<String, Object> answer = new LinkedHashMap<>();
		if (exchange.dialect() == Dialect.OPENAI) {
			answer.put("object", "list");
		}
		else {
			answer.put("has_more", false);
			answer.put("first_id", data.isEmpty() ? null : data.getFirst().get("id"));
			answer.put("last_id", data.isEmpty() ? null : data.getLast().get("id"));
		}
		answer.put("data", data);
		Answers.json(exchange.response(), answer);
	}

	void one(Exchange exchange, String encodedName) throws IOException, Rejection {
		// A name may contain a slash; Tomcat decodes everything but an encoded slash.
		String name = encodedName.replace("%2F", "/").replace("%2f", "/");
		Target target = names(exchange).find(name)
			.orElseThrow(() -> Rejection.of(404, "model_not_found",
					"There is no such model, alias or deployment, or this key may not ask for it."));
		Answers.json(exchange.response(), entry(target, exchange.dialect()));
	}

	private CallableNames names(Exchange exchange) throws Rejection {
		Configuration configuration = this.configurations.current();
		KeyIdentity identity = this.authenticator.authenticate(exchange.request(), configuration,
				exchange.receivedAt());
		return new CallableNames(configuration.routing().registry(), identity, exchange.receivedAt());
	}

	private static Map<String, Object> entry(Target target, Dialect dialect) {
		Deployment first = target.deployments().getFirst();
		long created = created(first.model().id().value());
		Map<String, Object> entry = new LinkedHashMap<>();
		entry.put("id", target.name());
		if (dialect == Dialect.OPENAI) {
			entry.put("object", "model");
			entry.put("created", created);
			entry.put("owned_by", first.provider().name());
		}
		else {
			entry.put("type", "model");
			entry.put("display_name", first.model().displayName());
			entry.put("created_at", Instant.ofEpochSecond(created).toString());
		}
		entry.put("exchequer", extension(target, first.model()));
		return entry;
	}

	private static Map<String, Object> extension(Target target, Model model) {
		Map<String, Object> extension = new LinkedHashMap<>();
		extension.put("kind", lower(target.kind()));
		extension.put("model", model.name());
		extension.put("display_name", model.displayName());
		extension.put("deployments", target.deployments().stream().map(Deployment::name).toList());
		extension.put("capabilities", capabilities(model.capabilities()));
		extension.put("lifecycle", lifecycle(model.lifecycle()));
		if (target.deployments().stream().anyMatch((deployment) -> deployment.provider().kind().equals("demo"))) {
			extension.put("simulator", true);
		}
		return extension;
	}

	private static Map<String, Object> capabilities(Capabilities capabilities) {
		Map<String, Object> members = new LinkedHashMap<>();
		members.put("input", modalities(capabilities.input()));
		members.put("output", modalities(capabilities.output()));
		members.put("tools", capabilities.tools());
		members.put("structured_output", capabilities.structuredOutput());
		members.put("fill_in_the_middle", capabilities.fillInTheMiddle());
		members.put("context_window", capabilities.contextWindow());
		members.put("max_output", capabilities.maxOutput());
		return members;
	}

	private static List<String> modalities(Set<Modality> modalities) {
		return modalities.stream().sorted().map(ModelsHandler::lower).toList();
	}

	private static Map<String, Object> lifecycle(Lifecycle lifecycle) {
		Map<String, Object> members = new LinkedHashMap<>();
		members.put("stage", lower(lifecycle.stage()));
		if (lifecycle.successor() != null) {
			members.put("successor", lifecycle.successor());
		}
		if (lifecycle.retiresOn() != null) {
			members.put("retires_on", lifecycle.retiresOn().toString());
		}
		return members;
	}

	private static String lower(Enum<?> value) {
		return value.name().toLowerCase(Locale.ROOT);
	}

	private static long created(UUID id) {
		return (id.version() == UUID_V7) ? Uuid7.instantOf(id).getEpochSecond() : 0;
	}

}
