package io.exchequer.gateway;

import java.io.IOException;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.UUID;

import io.exchequer.batch.Batch;
import io.exchequer.batch.Batches;
import io.exchequer.batch.Batches.Cancellation;
import io.exchequer.batch.Batches.Creation;
import io.exchequer.batch.LineError;
import io.exchequer.batch.Owner;
import io.exchequer.configuration.ConfigurationSource;
import io.exchequer.gateway.BodyMemory.Reservation;
import io.exchequer.routing.ApiError;
import io.exchequer.tenancy.KeyIdentity;
import jakarta.servlet.http.HttpServletRequest;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

import org.springframework.beans.factory.ObjectProvider;

/**
 * Makes batches of requests, in OpenAI's form. Every key of a project sees the project's.
 */
final class BatchesHandler {

	private static final JsonMapper MAPPER = JsonMapper.builder().build();

	private static final int PAGE_USUAL = 20;

	private static final int PAGE_MAX = 100;

	private static final int NOTES_MAX = 16;

	private static final int NOTE_NAME_MAX = 64;

	private static final int NOTE_MAX = 512;

	private final GatewaySettings settings;

	private final ConfigurationSource configurations;

	private final Authenticator authenticator;

	private final BodyMemory memory;

	private final BodyReader bodies;

	private final ObjectProvider<Batches> batches;

	BatchesHandler(GatewaySettings settings, ConfigurationSource configurations, Authenticator authenticator,
			BodyMemory memory, ObjectProvider<Batches> batches) {
		this.settings = settings;
		this.configurations = configurations;
		this.authenticator = authenticator;
		this.memory = memory;
		this.bodies = new BodyReader(settings);
		this.batches = batches;
	}

	/** Lists batches, or makes one. */
	void all(Exchange exchange) throws IOException, Rejection {
		KeyIdentity identity = identity(exchange);
		if (exchange.method().equals("POST")) {
			Answers.json(exchange.response(), json(create(exchange.request(), identity)));
			return;
		}
		int limit = StoredIds.limit(exchange.request(), PAGE_USUAL, PAGE_MAX);
		List<Batch> found = this.batches.getObject()
			.list(FilesHandler.ownerOf(identity), StoredIds.after(exchange.request(), StoredIds.BATCH), limit + 1);
		Answers.json(exchange.response(), FilesHandler.page(found.stream().map(BatchesHandler::json).toList(), limit));
	}

	/** Tells of a batch. */
	void one(Exchange exchange, String idText) throws IOException, Rejection {
		Owner owner = FilesHandler.ownerOf(identity(exchange));
		Batch batch = StoredIds.parse(StoredIds.BATCH, idText)
			.flatMap((id) -> this.batches.getObject().find(owner, id))
			.orElseThrow(BatchesHandler::notFound);
		Answers.json(exchange.response(), json(batch));
	}

	/** Cancels a batch. */
	void cancel(Exchange exchange, String idText) throws IOException, Rejection {
		Owner owner = FilesHandler.ownerOf(identity(exchange));
		UUID id = StoredIds.parse(StoredIds.BATCH, idText).orElseThrow(BatchesHandler::notFound);
		switch (this.batches.getObject().cancel(owner, id)) {
			case Cancellation.Cancelled cancelled -> Answers.json(exchange.response(), json(cancelled.batch()));
			case Cancellation.NotFound _ -> throw notFound();
			case Cancellation.Over over -> throw Rejection.of(409, "batch_not_cancellable",
					"The batch cannot be cancelled any more: it is " + status(over.batch()) + ".");
		}
	}

	private static Rejection notFound() {
		return Rejection.of(404, "batch_not_found", "The key's project has no such batch.");
	}

	private Batch create(HttpServletRequest request, KeyIdentity identity) throws Rejection {
		Creation creation = this.batches.getObject().create(FilesHandler.ownerOf(identity), draft(request, identity));
		return switch (creation) {
			case Creation.Created created -> created.batch();
			case Creation.Repeated repeated -> repeated.batch();
			case Creation.OtherBody other ->
				throw new Rejection(new ApiError(422, Errors.typeOf(422), "idempotency_body_mismatch",
						"This idempotency key was used with another body, and made the batch "
								+ StoredIds.text(StoredIds.BATCH, other.batch().id()) + ".",
						RequestHeaders.IDEMPOTENCY_KEY, null));
			case Creation.NoSuchFile _ ->
				throw Rejection.invalid("file_not_found", "The key's project has no such file.", "input_file_id");
			case Creation.OtherPurpose other -> throw Rejection.invalid("invalid_file_purpose",
					"The file's purpose is '" + other.purpose() + "', and must be 'batch'.", "input_file_id");
			case Creation.TooMany many -> throw new Rejection(new ApiError(429, Errors.typeOf(429), "too_many_batches",
					"The tenant has " + many.limit()
							+ " batches that have not ended, as many as it may. Wait for one to end.",
					null, this.settings.retryAfter()));
		};
	}

	private Batch.Draft draft(HttpServletRequest request, KeyIdentity identity) throws Rejection {
		String idempotencyKey = RequestHeaders.idempotencyKey(request);
		try (Reservation reservation = this.memory.open()) {
			BodyReader.Body body = this.bodies.read(request, reservation);
			JsonNode json = parse(body);
			String endpoint = required(json, "endpoint");
			List<String> endpoints = this.batches.getObject().endpoints();
			if (!endpoints.contains(endpoint)) {
				throw Rejection.invalid("invalid_value",
						"'endpoint' must be one of " + String.join(", ", endpoints) + ".", "endpoint");
			}
			String window = required(json, "completion_window");
			if (!window.equals(Batches.COMPLETION_WINDOW)) {
				throw Rejection.invalid("invalid_value",
						"'completion_window' must be '" + Batches.COMPLETION_WINDOW + "'.", "completion_window");
			}
			UUID input = StoredIds.parse(StoredIds.FILE, required(json, "input_file_id"))
				.orElseThrow(() -> Rejection.invalid("file_not_found", "The key's project has no such file.",
						"input_file_id"));
			return new Batch.Draft(input, endpoint, window, notes(json.path("metadata")),
					RequestHeaders.task(request, identity), RequestHeaders.tags(request, identity),
					RequestHeaders.dataClass(request), keptFor(json.path("output_expires_after")),
					(idempotencyKey != null) ? new Batch.Once(idempotencyKey, sha256(body)) : null);
		}
	}

	private static JsonNode parse(BodyReader.Body body) throws Rejection {
		try {
			JsonNode json = MAPPER.readTree(body.bytes(), 0, body.length());
			if (json.isObject()) {
				return json;
			}
		}
		catch (JacksonException _) {
			// Told below.
		}
		throw Rejection.of(400, "invalid_json", "The body is not a JSON object.");
	}

	private static String required(JsonNode json, String name) throws Rejection {
		JsonNode value = json.path(name);
		if (value.isMissingNode() || value.isNull()) {
			throw Rejection.invalid("missing_required_parameter", "Missing required parameter: '" + name + "'.", name);
		}
		if (!value.isString()) {
			throw Rejection.invalid("invalid_type", "'" + name + "' must be a string.", name);
		}
		return value.stringValue();
	}

	private static Map<String, String> notes(JsonNode metadata) throws Rejection {
		if (metadata.isMissingNode() || metadata.isNull()) {
			return Map.of();
		}
		Map<String, String> notes = new LinkedHashMap<>();
		boolean valid = metadata.isObject() && metadata.size() <= NOTES_MAX;
		for (Map.Entry<String, JsonNode> note : metadata.properties()) {
			valid = valid && note.getKey().length() <= NOTE_NAME_MAX && note.getValue().isString()
					&& note.getValue().stringValue().length() <= NOTE_MAX;
			if (!valid) {
				break;
			}
			notes.put(note.getKey(), note.getValue().stringValue());
		}
		if (!valid) {
			throw Rejection.invalid("invalid_value",
					"'metadata' must be an object of at most " + NOTES_MAX + " strings, of at most " + NOTE_MAX
							+ " characters each, under names of at most " + NOTE_NAME_MAX + ".",
					"metadata");
		}
		return notes;
	}

	private static @Nullable Duration keptFor(JsonNode expires) throws Rejection {
		if (expires.isMissingNode() || expires.isNull()) {
			return null;
		}
		return Upload.keptFor("output_expires_after", expires.path("anchor").asString(""),
				expires.path("seconds").asString(""));
	}

	private static byte[] sha256(BodyReader.Body body) {
		try {
			MessageDigest digest = MessageDigest.getInstance("SHA-256");
			digest.update(body.bytes(), 0, body.length());
			return digest.digest();
		}
		catch (NoSuchAlgorithmException ex) {
			throw new IllegalStateException("every Java platform has SHA-256", ex);
		}
	}

	private KeyIdentity identity(Exchange exchange) throws Rejection {
		return this.authenticator.authenticate(exchange.request(), this.configurations.current(),
				exchange.receivedAt());
	}

	private static Map<String, @Nullable Object> json(Batch batch) {
		Map<String, @Nullable Object> members = new LinkedHashMap<>();
		members.put("id", StoredIds.text(StoredIds.BATCH, batch.id()));
		members.put("object", "batch");
		members.put("endpoint", batch.draft().endpoint());
		members.put("errors", batch.errors().isEmpty() ? null
				: Map.of("object", "list", "data", batch.errors().stream().map(BatchesHandler::json).toList()));
		members.put("input_file_id", StoredIds.text(StoredIds.FILE, batch.draft().inputFile()));
		members.put("completion_window", batch.draft().completionWindow());
		members.put("status", status(batch));
		members.put("output_file_id", file(batch.outputFile()));
		members.put("error_file_id", file(batch.errorFile()));
		Batch.Times times = batch.times();
		members.put("created_at", seconds(times.created()));
		members.put("in_progress_at", seconds(times.inProgress()));
		members.put("expires_at", seconds(times.expires()));
		members.put("finalizing_at", seconds(times.finalizing()));
		members.put("completed_at", seconds(times.completed()));
		members.put("failed_at", seconds(times.failed()));
		members.put("expired_at", seconds(times.expired()));
		members.put("cancelling_at", seconds(times.cancelling()));
		members.put("cancelled_at", seconds(times.cancelled()));
		members.put("request_counts", Map.of("total", batch.counts().total(), "completed", batch.counts().completed(),
				"failed", batch.counts().failed()));
		members.put("metadata", batch.draft().metadata().isEmpty() ? null : batch.draft().metadata());
		return members;
	}

	private static Map<String, @Nullable Object> json(LineError error) {
		Map<String, @Nullable Object> members = new LinkedHashMap<>();
		members.put("code", error.code());
		members.put("message", error.message());
		members.put("param", error.param());
		members.put("line", error.line());
		return members;
	}

	private static String status(Batch batch) {
		return batch.status().name().toLowerCase(Locale.ROOT);
	}

	private static @Nullable String file(@Nullable UUID id) {
		return (id != null) ? StoredIds.text(StoredIds.FILE, id) : null;
	}

	private static @Nullable Long seconds(@Nullable Instant at) {
		return (at != null) ? at.getEpochSecond() : null;
	}

}
