package io.exchequer.routing.provider.openai;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;

import io.exchequer.routing.wire.SplicedBody;
import org.apache.hc.core5.http.ContentType;
import org.apache.hc.core5.http.io.entity.AbstractHttpEntity;

/** A request's body as the HTTP client writes it. */
final class SplicedEntity extends AbstractHttpEntity {

	private final SplicedBody body;

	SplicedEntity(SplicedBody body) {
		super(ContentType.APPLICATION_JSON, null);
		this.body = body;
	}

	@Override
	public boolean isRepeatable() {
		return true;
	}

	@Override
	public boolean isStreaming() {
		return false;
	}

	@Override
	public long getContentLength() {
		return this.body.length();
	}

	@Override
	public InputStream getContent() {
		throw new UnsupportedOperationException("the body is only written");
	}

	@Override
	public void writeTo(OutputStream out) throws IOException {
		this.body.writeTo(out);
	}

	@Override
	public void close() {
		// Nothing is open.
	}

}
