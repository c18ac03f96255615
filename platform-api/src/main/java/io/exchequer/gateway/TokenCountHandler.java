package io.exchequer.gateway;

import java.io.IOException;
import java.util.Map;

import io.exchequer.configuration.Configuration;
import io.exchequer.configuration.ConfigurationSource;
import io.exchequer.gateway.BodyMemory.Reservation;
import io.exchequer.gateway.dialect.Dialect;
import io.exchequer.gateway.dialect.anthropic.AnthropicDialect;
import io.exchequer.routing.wire.InvalidRequestException;
import io.exchequer.routing.wire.RequestDocument;
import io.exchequer.tenancy.KeyIdentity;

/**
 * Counts the tokens of a request to the Messages API that is not to be answered. Nothing
 * is called for it and it costs nothing: the number is an estimate, the one that routing
 * goes by, and says so.
 */
final class TokenCountHandler {

	private static final String AUTO = "auto";

	private final GatewaySettings settings;

	private final ConfigurationSource configurations;

	private final Authenticator authenticator;

	private final BodyMemory memory;

	private final BodyReader bodies;

	TokenCountHandler(GatewaySettings settings, ConfigurationSource configurations, Authenticator authenticator,
			BodyMemory memory) {
		this.settings = settings;
		this.configurations = configurations;
		this.authenticator = authenticator;
		this.memory = memory;
		this.bodies = new BodyReader(settings);
	}

	void count(Exchange exchange) throws IOException, Rejection, InvalidRequestException {
		Configuration configuration = this.configurations.current();
		KeyIdentity identity = this.authenticator.authenticate(exchange.request(), configuration,
				exchange.receivedAt());
		boolean dropUnsupported = RequestHeaders.dropUnsupported(exchange.request());
		try (Reservation reservation = this.memory.open()) {
			BodyReader.Body body = this.bodies.read(exchange.request(), reservation);
			Dialect.Reading reading = CompletionHandler.read(exchange.dialect(), body, reservation,
					this.settings.retryAfter(),
					() -> AnthropicDialect.INSTANCE.readToCount(body.bytes(), body.length(), dropUnsupported));
			RequestDocument document = reading.document();
			RequestHeaders.task(exchange.request(), document, identity);
			requireKnown(document.model(),
					new CallableNames(configuration.routing().registry(), identity, exchange.receivedAt()));
			exchange.response().setHeader(ResponseHeaders.ESTIMATED, "true");
			Answers.json(exchange.response(), Map.of("input_tokens", document.inputTokensExpected()));
		}
	}

	private static void requireKnown(String model, CallableNames names) throws Rejection {
		if (!model.equals(AUTO) && names.find(model).isEmpty()) {
			throw Rejection.of(404, "model_not_found",
					"There is no such model, alias or deployment, or this key may not ask for it.");
		}
	}

}
