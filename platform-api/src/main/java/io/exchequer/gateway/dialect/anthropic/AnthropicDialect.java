package io.exchequer.gateway.dialect.anthropic;

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

/**
 * Anthropic's Messages API.
 */
public final class AnthropicDialect implements Dialect {

	/** The one there is. */
	public static final AnthropicDialect INSTANCE = new AnthropicDialect();

	private AnthropicDialect() {
	}

	@Override
	public String name() {
		return "anthropic";
	}

	/** The body's values, and the canonical form, which is made while they are there. */
	@Override
	public long memoryToRead(int length) {
		return length + length / 2L;
	}

	@Override
	public Reading read(Endpoint endpoint, byte[] body, int length, boolean dropUnsupported)
			throws InvalidRequestException {
		return read(body, length, dropUnsupported, true);
	}

	/**
	 * Reads a request whose tokens are to be counted: it needs no output limit.
	 * @throws InvalidRequestException with what is wrong
	 */
	public Reading readToCount(byte[] body, int length, boolean dropUnsupported) throws InvalidRequestException {
		return read(body, length, dropUnsupported, false);
	}

	private static Reading read(byte[] body, int length, boolean dropUnsupported, boolean answered)
			throws InvalidRequestException {
		Leftovers leftovers = new Leftovers(dropUnsupported);
		RequestReader reader = new RequestReader(JsonBody.read(body, length), leftovers);
		ChatRequest request = reader.read(answered);
		CanonicalPaths paths = new CanonicalPaths(reader.places());
		byte[] canonical = ChatRequestWriter.write(request);
		return Reading.of(Endpoint.CHAT_COMPLETIONS, canonical, leftovers.dropped(), paths::path);
	}

	@Override
	public AnswerSink answering(AnswerSink client, Reading request, UUID requestId, AnswerMemory.Part memory) {
		return new TranslatedSink(client, new MessageWriter(requestId, request.document().model()), request, memory);
	}

	@Override
	public byte[] error(ApiError error, @Nullable UUID requestId) {
		return MessageErrors.body(error, requestId);
	}

	@Override
	public @Nullable String requestIdHeader() {
		return "request-id";
	}

}
