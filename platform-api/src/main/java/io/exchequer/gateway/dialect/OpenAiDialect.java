package io.exchequer.gateway.dialect;

import java.util.List;
import java.util.UUID;
import java.util.function.UnaryOperator;

import org.jspecify.annotations.Nullable;

import io.exchequer.routing.AnswerMemory;
import io.exchequer.routing.AnswerSink;
import io.exchequer.routing.ApiError;
import io.exchequer.routing.wire.Endpoint;
import io.exchequer.routing.wire.InvalidRequestException;
import io.exchequer.routing.wire.OpenAiErrors;
import io.exchequer.routing.wire.OpenAiRequests;

/** Passes everything as it is. */
final class OpenAiDialect implements Dialect {

	@Override
	public String name() {
		return "openai";
	}

	@Override
	public long memoryToRead(int length) {
		return 0;
	}

	@Override
	public Reading read(Endpoint endpoint, byte[] body, int length, boolean dropUnsupported)
			throws InvalidRequestException {
		return new Reading(OpenAiRequests.parse(endpoint, body, length), List.of(), UnaryOperator.identity());
	}

	@Override
	public AnswerSink answering(AnswerSink client, Reading request, UUID requestId, AnswerMemory.Part memory) {
		return client;
	}

	@Override
	public byte[] error(ApiError error, @Nullable UUID requestId) {
		return OpenAiErrors.body(error);
	}

	@Override
	public @Nullable String requestIdHeader() {
		return "x-request-id";
	}

}
