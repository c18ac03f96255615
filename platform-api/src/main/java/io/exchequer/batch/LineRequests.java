package io.exchequer.batch;

import java.time.Instant;
import java.util.Objects;
import java.util.UUID;
import java.util.regex.Pattern;

import io.exchequer.billing.ChargeTo;
import io.exchequer.routing.AiRequest;
import io.exchequer.routing.ApiError;
import io.exchequer.routing.wire.Endpoint;
import io.exchequer.routing.wire.InvalidRequestException;
import io.exchequer.routing.wire.OpenAiRequests;
import io.exchequer.routing.wire.RequestDocument;
import io.exchequer.tenancy.KeyIdentity;

/**
 * Makes requests of a batch's lines, as the gateway does of what clients send.
 */
final class LineRequests {

	private static final Pattern TASK_FORM = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._-]{0,63}");

	private static final String ANY = "*";

	private LineRequests() {
	}

	/**
	 * Makes a request. A key's rates do not count it: the queue has its own pace.
	 * @param body the request's body
	 * @throws InvalidRequestException with what is wrong
	 */
	static AiRequest of(Batch batch, KeyIdentity identity, Endpoint endpoint, byte[] body, UUID id, Instant at)
			throws InvalidRequestException {
		RequestDocument document = OpenAiRequests.parse(endpoint, body, body.length);
		if (document.stream()) {
			throw new InvalidRequestException(
					ApiError.invalid("unsupported_value", "A request of a batch cannot be streamed.", "stream"));
		}
		return new AiRequest(id, chargeTo(batch, identity, task(batch, identity, document)), document,
				identity.allowedNames(), batch.draft().dataClass(), at);
	}

	static ChargeTo chargeTo(Batch batch, KeyIdentity identity, String task) {
		return new ChargeTo(identity.tenant(), identity.team(), identity.project(), identity.key(),
				identity.costCentre(), task, batch.draft().tags(), null, null);
	}

	private static String task(Batch batch, KeyIdentity identity, RequestDocument document)
			throws InvalidRequestException {
		String own = document.metadataTask()
			.orElse((document.endpoint() == Endpoint.EMBEDDINGS) ? "embedding" : "chat");
		String task = Objects.requireNonNullElse(batch.draft().task(), own);
		if (!TASK_FORM.matcher(task).matches()) {
			throw new InvalidRequestException(ApiError.invalid("invalid_task",
					"A task's name is 1 to 64 letters, digits, dots, hyphens and underscores, and begins with a letter or digit.",
					"metadata.task"));
		}
		if (!identity.allowedTasks().contains(task) && !identity.allowedTasks().contains(ANY)) {
			throw new InvalidRequestException(ApiError.of(403, "invalid_request_error", "task_not_allowed",
					"The batch's key may not be used for the task '" + task + "'. Ask whoever manages the key."));
		}
		return task;
	}

	/** Says that the key may not be used any more. */
	static ApiError keyOver() {
		return ApiError.of(401, "invalid_request_error", "invalid_api_key",
				"The key that the batch was made with is revoked or has expired.");
	}

}
