package io.exchequer.gateway;

import java.io.IOException;
import java.time.Clock;
import java.time.Duration;

import io.exchequer.billing.BillingUnavailableException;
import io.exchequer.configuration.StaleConfigurationException;
import io.exchequer.kernel.Uuid7;
import io.exchequer.routing.ApiError;
import io.exchequer.routing.wire.Endpoint;
import io.exchequer.routing.wire.InvalidRequestException;
import jakarta.servlet.http.HttpServlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import org.springframework.boot.availability.ApplicationAvailability;
import org.springframework.boot.availability.ReadinessState;
import org.springframework.dao.DataAccessException;

/**
 * The public AI APIs under {@code /v1}. A plain servlet on a virtual thread: no filter
 * and no framework runs before it.
 */
final class GatewayServlet extends HttpServlet {

	private static final Logger log = LoggerFactory.getLogger(GatewayServlet.class);

	private final transient Handlers handlers;

	private final transient Cors cors;

	private final transient GatewayMetrics metrics;

	private final transient Uuid7 ids;

	private final transient Clock clock;

	private final transient Duration retryAfter;

	private final transient ApplicationAvailability availability;

	GatewayServlet(Handlers handlers, Cors cors, GatewayMetrics metrics, Clock clock, Duration retryAfter,
			ApplicationAvailability availability) {
		this.handlers = handlers;
		this.availability = availability;
		this.cors = cors;
		this.metrics = metrics;
		this.ids = new Uuid7(clock);
		this.clock = clock;
		this.retryAfter = retryAfter;
	}

	@Override
	protected void service(HttpServletRequest request, HttpServletResponse response) throws IOException {
		long started = System.nanoTime();
		String path = path(request);
		Route route = Route.of(path);
		Exchange exchange = new Exchange(request, response, this.ids.next(), this.clock.instant(),
				Dialects.of(path, request));
		int status = GatewayMetrics.CLIENT_GONE;
		this.metrics.begin();
		try {
			ResponseHeaders.requestId(exchange, exchange.id());
			this.cors.apply(request, response);
			answer(exchange, route, path);
			status = response.getStatus();
		}
		catch (IOException ex) {
			log.debug("The client of request {} went away: {}", exchange.id(), ex.getMessage());
		}
		finally {
			this.metrics.end(route, status, System.nanoTime() - started);
		}
	}

	private void answer(Exchange exchange, Route route, String path) throws IOException {
		try {
			dispatch(exchange, route, path);
		}
		catch (Rejection ex) {
			error(exchange, ex.error());
		}
		catch (InvalidRequestException ex) {
			error(exchange, ex.error());
		}
		catch (StaleConfigurationException ex) {
			log.debug("Request {} was refused: {}", exchange.id(), ex.getMessage());
			error(exchange, Errors.unavailable("configuration_stale",
					"This replica cannot confirm its configuration at the moment. Try again.", this.retryAfter));
		}
		catch (BillingUnavailableException | DataAccessException ex) {
			log.warn("Request {} was refused: {}", exchange.id(), ex.toString());
			error(exchange,
					Errors.unavailable("billing_unavailable",
							"The ledger cannot be reached at the moment, and nothing is served unbilled. Try again.",
							this.retryAfter));
		}
		catch (RuntimeException | StackOverflowError ex) {
			log.error("Request {} failed unexpectedly", exchange.id(), ex);
			error(exchange, Errors.internal());
		}
	}

	private void dispatch(Exchange exchange, Route route, String path)
			throws IOException, Rejection, InvalidRequestException {
		// The port is open before the first start's work is done, and while requests end
		// at a shutdown: whatever is asked, no key could be judged rightly.
		if (this.availability.getReadinessState() != ReadinessState.ACCEPTING_TRAFFIC) {
			throw new Rejection(Errors.unavailable("not_ready", "This replica is starting or shutting down. Try again.",
					this.retryAfter));
		}
		if (route == Route.UNKNOWN) {
			throw Rejection.of(404, "unknown_url",
					"There is nothing at this address. The API has /v1/chat/completions, /v1/completions, /v1/embeddings, /v1/rerank, /v1/moderations, /v1/images/generations, /v1/audio/speech, /v1/messages, /v1/responses, /v1/files, /v1/batches, /v1/models and /v1/requests/{id}.");
		}
		if (exchange.method().equals("OPTIONS")) {
			this.cors.answerOptions(exchange.request(), exchange.response(), route);
			return;
		}
		if (!route.serves(exchange.method())) {
			exchange.response().setHeader("Allow", route.allow());
			throw Rejection.of(405, "method_not_allowed", "Use " + route.methods() + " here.");
		}
		switch (route) {
			case CHAT_COMPLETIONS -> this.handlers.completions().handle(exchange, Endpoint.CHAT_COMPLETIONS);
			case COMPLETIONS -> this.handlers.completions().handle(exchange, Endpoint.COMPLETIONS);
			case EMBEDDINGS -> this.handlers.completions().handle(exchange, Endpoint.EMBEDDINGS);
			case MESSAGES -> this.handlers.completions().handle(exchange, Endpoint.CHAT_COMPLETIONS);
			case MESSAGE_TOKENS -> this.handlers.tokens().count(exchange);
			case RESPONSES -> this.handlers.completions().handle(exchange, Endpoint.CHAT_COMPLETIONS);
			case RESPONSE -> this.handlers.responses().one(exchange, path.substring(Route.RESPONSE_PREFIX.length()));
			case RERANK -> this.handlers.completions().handle(exchange, Endpoint.RERANK);
			case MODERATIONS -> this.handlers.completions().handle(exchange, Endpoint.MODERATIONS);
			case IMAGES_GENERATIONS -> this.handlers.completions().handle(exchange, Endpoint.IMAGES_GENERATIONS);
			case AUDIO_SPEECH -> this.handlers.completions().handle(exchange, Endpoint.AUDIO_SPEECH);
			case MODELS -> this.handlers.models().list(exchange);
			case MODEL -> this.handlers.models().one(exchange, path.substring(Route.MODEL_PREFIX.length()));
			case REQUEST -> this.handlers.requests().one(exchange, path.substring(Route.REQUEST_PREFIX.length()));
			case FILES -> this.handlers.files().all(exchange);
			case FILE -> this.handlers.files().one(exchange, between(path, Route.FILE_PREFIX, ""));
			case FILE_CONTENT ->
				this.handlers.files().content(exchange, between(path, Route.FILE_PREFIX, Route.FILE_CONTENT_SUFFIX));
			case BATCHES -> this.handlers.batches().all(exchange);
			case BATCH -> this.handlers.batches().one(exchange, between(path, Route.BATCH_PREFIX, ""));
			case BATCH_CANCEL ->
				this.handlers.batches().cancel(exchange, between(path, Route.BATCH_PREFIX, Route.BATCH_CANCEL_SUFFIX));
			case UNKNOWN -> throw new IllegalStateException("answered above");
		}
	}

	/**
	 * Sends an error, or has it sent where the response is not the servlet's any more.
	 */
	private static void error(Exchange exchange, ApiError error) throws IOException {
		if (exchange.response().isCommitted()) {
			ErrorValve.leave(exchange, error);
			return;
		}
		Answers.error(exchange.response(), error, exchange.dialect(), exchange.id());
	}

	private static String between(String path, String prefix, String suffix) {
		return path.substring(prefix.length(), Math.max(prefix.length(), path.length() - suffix.length()));
	}

	private static String path(HttpServletRequest request) {
		String path = request.getPathInfo();
		return (path != null) ? path : "";
	}

	/**
	 * What answers the routes.
	 *
	 * @param completions answers what a model answers
	 * @param tokens counts what a model would read
	 * @param responses gives stored answers back
	 * @param models lists models
	 * @param requests tells costs
	 * @param files keeps files
	 * @param batches makes batches of requests
	 */
	record Handlers(CompletionHandler completions, TokenCountHandler tokens, ResponsesHandler responses,
			ModelsHandler models, RequestsHandler requests, FilesHandler files, BatchesHandler batches) {
	}

}
