package io.exchequer.gateway;

import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.UUID;

import io.exchequer.configuration.Configuration;
import io.exchequer.configuration.ConfigurationSource;
import io.exchequer.gateway.BodyMemory.Reservation;
import io.exchequer.gateway.dialect.responses.ResponseIds;
import io.exchequer.tenancy.KeyIdentity;

/**
 * Gives stored answers of the Responses API back, and deletes them.
 */
final class ResponsesHandler {

	private final GatewaySettings settings;

	private final ConfigurationSource configurations;

	private final Authenticator authenticator;

	private final BodyMemory memory;

	private final StoredResponses responses;

	ResponsesHandler(GatewaySettings settings, ConfigurationSource configurations, Authenticator authenticator,
			BodyMemory memory, StoredResponses responses) {
		this.settings = settings;
		this.configurations = configurations;
		this.authenticator = authenticator;
		this.memory = memory;
		this.responses = responses;
	}

	void one(Exchange exchange, String id) throws IOException, Rejection {
		KeyIdentity identity = identity(exchange);
		UUID response = ResponseIds.response(id);
		if (response == null) {
			throw notFound(id);
		}
		if (exchange.method().equals("DELETE")) {
			delete(exchange, identity, response, id);
			return;
		}
		int length = this.responses.length(identity, response).orElseThrow(() -> notFound(id));
		try (Reservation reservation = this.memory.open()) {
			if (!reservation.grow(length)) {
				throw new Rejection(Errors.overloaded("Too many requests are in flight together. Try again shortly.",
						this.settings.retryAfter()));
			}
			byte[] answer = this.responses.find(identity, response).orElseThrow(() -> notFound(id)).answer();
			Answers.bytes(exchange.response(), 200, Answers.JSON, answer);
		}
	}

	private void delete(Exchange exchange, KeyIdentity identity, UUID response, String id)
			throws IOException, Rejection {
		if (!this.responses.delete(identity, response)) {
			throw notFound(id);
		}
		Map<String, Object> deleted = new LinkedHashMap<>();
		deleted.put("id", id);
		deleted.put("object", "response");
		deleted.put("deleted", true);
		Answers.json(exchange.response(), deleted);
	}

	private KeyIdentity identity(Exchange exchange) throws Rejection {
		Configuration configuration = this.configurations.current();
		return this.authenticator.authenticate(exchange.request(), configuration, exchange.receivedAt());
	}

	private static Rejection notFound(String id) {
		String shown = (ResponseIds.response(id) != null) ? " '" + id + "'" : "";
		return Rejection.of(404, "response_not_found", "This project has no stored response" + shown
				+ ": answers are stored for a day, and only where the tenant asked for it.");
	}

}
