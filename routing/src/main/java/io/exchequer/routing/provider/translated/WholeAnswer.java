package io.exchequer.routing.provider.translated;

import java.io.ByteArrayInputStream;
import java.io.InputStream;

import io.exchequer.routing.UpstreamProvider.UpstreamAnswer;
import org.jspecify.annotations.Nullable;

/**
 * A JSON answer that is whole already.
 *
 * @param bytes the body
 * @param upstreamRequestId the provider's identifier of the call, or null
 */
public record WholeAnswer(byte[] bytes, @Nullable String upstreamRequestId) implements UpstreamAnswer {

	@Override
	public int status() {
		return 200;
	}

	@Override
	public String contentType() {
		return "application/json";
	}

	@Override
	public InputStream body() {
		return new ByteArrayInputStream(this.bytes);
	}

	@Override
	public void abort() {
		// Nothing is open.
	}

	@Override
	public void close() {
		// Nothing is open.
	}

}
