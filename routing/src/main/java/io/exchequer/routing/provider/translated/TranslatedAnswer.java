package io.exchequer.routing.provider.translated;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.SocketTimeoutException;
import java.util.BitSet;

import io.exchequer.routing.FailureClass;
import io.exchequer.routing.UpstreamFailure;
import io.exchequer.routing.UpstreamProvider.UpstreamAnswer;
import io.exchequer.routing.UpstreamProvider.UpstreamCall;
import io.exchequer.routing.chat.ChatChunkWriter;
import io.exchequer.routing.chat.ChatCompletionWriter;
import io.exchequer.routing.chat.ChatEvent;
import io.exchequer.routing.wire.FailedAnswerException;
import org.jspecify.annotations.Nullable;

/**
 * An answer whose events are written on the canonical wire as they are read. Read by one
 * thread; any may abort it.
 */
final class TranslatedAnswer implements UpstreamAnswer {

	private final EventQueue events;

	private final UpstreamCall call;

	private final long idleNanos;

	private InputStream body = InputStream.nullInputStream();

	TranslatedAnswer(EventQueue events, UpstreamCall call) {
		this.events = events;
		this.call = call;
		this.idleNanos = call.deployment().settings().idleTimeout().toNanos();
	}

	/**
	 * Waits for the answer's first event; of an answer that is no stream, for all of it.
	 * @throws UpstreamFailure if it fails before
	 */
	TranslatedAnswer begin() throws UpstreamFailure {
		try {
			ChatEvent first = this.events.first(this.call.headTimeout().toNanos());
			if (!(first instanceof ChatEvent.Started)) {
				throw broken();
			}
			this.body = this.call.stream() ? new Chunks(first) : whole(first);
			return this;
		}
		catch (UpstreamFailure | RuntimeException ex) {
			this.events.abort();
			throw ex;
		}
	}

	private InputStream whole(ChatEvent first) throws UpstreamFailure {
		ChatCompletionWriter completion = new ChatCompletionWriter();
		ChatEvent event = first;
		while (event != null) {
			completion.add(event);
			event = this.events.next(this.idleNanos);
		}
		if (!completion.isComplete()) {
			throw broken();
		}
		return new ByteArrayInputStream(completion.write());
	}

	private static UpstreamFailure broken() {
		return new UpstreamFailure(FailureClass.BROKEN_ANSWER, "the answer ended before it was complete", true, null,
				0);
	}

	@Override
	public int status() {
		return 200;
	}

	@Override
	public String contentType() {
		return this.call.stream() ? "text/event-stream; charset=utf-8" : "application/json";
	}

	@Override
	public @Nullable String upstreamRequestId() {
		return this.events.requestId();
	}

	@Override
	public InputStream body() {
		return this.body;
	}

	@Override
	public void abort() {
		this.events.abort();
	}

	@Override
	public void close() {
		if (!this.events.isOver()) {
			this.events.abort();
		}
	}

	/** The stream's chunks. */
	private final class Chunks extends InputStream {

		private final ChatChunkWriter writer = new ChatChunkWriter();

		private final BitSet begun = new BitSet();

		private final BitSet finished = new BitSet();

		private byte[] chunk;

		private int at;

		private boolean done;

		Chunks(ChatEvent first) {
			this.chunk = this.writer.write(first);
		}

		@Override
		public int read() throws IOException {
			byte[] one = new byte[1];
			return (read(one, 0, 1) < 0) ? -1 : one[0] & 0xFF;
		}

		@Override
		public int read(byte[] bytes, int offset, int length) throws IOException {
			if (TranslatedAnswer.this.events.isAborted()) {
				throw new IOException("the answer was closed");
			}
			while (this.at == this.chunk.length) {
				if (this.done) {
					return -1;
				}
				next();
			}
			int count = Math.min(length, this.chunk.length - this.at);
			System.arraycopy(this.chunk, this.at, bytes, offset, count);
			this.at += count;
			return count;
		}

		private void next() throws IOException {
			this.at = 0;
			this.chunk = new byte[0];
			try {
				ChatEvent event = TranslatedAnswer.this.events.next(TranslatedAnswer.this.idleNanos);
				if (event != null) {
					note(event);
					this.chunk = this.writer.write(event);
					return;
				}
				if (this.finished.isEmpty() || !this.finished.equals(this.begun)) {
					throw broken();
				}
				this.done = true;
				this.chunk = ChatChunkWriter.done();
			}
			catch (UpstreamFailure ex) {
				if (ex.failureClass() == FailureClass.TIMEOUT && TranslatedAnswer.this.events.isAborted()) {
					throw new SocketTimeoutException("the answer took too long");
				}
				throw new FailedAnswerException(ex);
			}
		}

		private void note(ChatEvent event) {
			switch (event) {
				case ChatEvent.TextDelta delta -> this.begun.set(delta.choice());
				case ChatEvent.ReasoningDelta delta -> this.begun.set(delta.choice());
				case ChatEvent.ToolCallStarted call -> this.begun.set(call.choice());
				case ChatEvent.RefusalDelta delta -> this.begun.set(delta.choice());
				case ChatEvent.Finished end -> {
					this.begun.set(end.choice());
					this.finished.set(end.choice());
				}
				case ChatEvent.Started _, ChatEvent.ReasoningSigned _, ChatEvent.ReasoningHidden _,
						ChatEvent.ToolArgumentsDelta _, ChatEvent.Logprobs _, ChatEvent.Annotation _,
						ChatEvent.Failed _, ChatEvent.Used _ ->
					{
					}
			}
		}

	}

}
