package io.exchequer.gateway.dialect.responses;

import java.util.UUID;

import org.jspecify.annotations.Nullable;

import io.exchequer.gateway.dialect.Dialect;
import io.exchequer.gateway.dialect.JsonBody;
import io.exchequer.gateway.dialect.Leftovers;
import io.exchequer.gateway.dialect.TranslatedSink;
import io.exchequer.routing.AnswerMemory;
import io.exchequer.routing.AnswerSink;
import io.exchequer.routing.ApiError;
import io.exchequer.routing.chat.ChatRequest;
import io.exchequer.routing.chat.ChatRequestWriter;
import io.exchequer.routing.wire.Endpoint;
import io.exchequer.routing.wire.InvalidRequestException;
import io.exchequer.routing.wire.OpenAiErrors;

/**
 * OpenAI's Responses API.
 */
public final class ResponsesDialect implements Dialect {

	/** The one that stores nothing. */
	public static final ResponsesDialect INSTANCE = new ResponsesDialect(Conversations.NONE);

	private final Conversations conversations;

	/**
	 * Makes the dialect of one request.
	 * @param conversations what its client's tenant has stored
	 */
	public ResponsesDialect(Conversations conversations) {
		this.conversations = conversations;
	}

	@Override
	public String name() {
		return "openai-responses";
	}

	/** The body's values, and the canonical form, which is made while they are there. */
	@Override
	public long memoryToRead(int length) {
		return length + length / 2L;
	}

	@Override
	public Reading read(Endpoint endpoint, byte[] body, int length, boolean dropUnsupported)
			throws InvalidRequestException {
		Leftovers leftovers = new Leftovers(dropUnsupported);
		RequestReader reader = new RequestReader(JsonBody.read(body, length), leftovers, this.conversations);
		ChatRequest request = reader.read();
		ItemPaths paths = new ItemPaths(reader.places());
		byte[] canonical = ChatRequestWriter.write(request);
		Reading reading = Reading.of(Endpoint.CHAT_COMPLETIONS, canonical, leftovers.dropped(), paths::path);
		Asked asked = reader.asked(length);
		reading.document().derived(Asked.class, (_) -> asked);
		return reading;
	}

	@Override
	public AnswerSink answering(AnswerSink client, Reading request, UUID requestId, AnswerMemory.Part memory) {
		Asked asked = request.document().derived(Asked.class, (_) -> Asked.nothing());
		ResponseWriter writer = new ResponseWriter(requestId, request.document().model(), asked, this.conversations,
				memory);
		return new TranslatedSink(client, writer, request, memory);
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
