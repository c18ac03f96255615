package io.exchequer.routing.execution;

import io.exchequer.billing.Settled;
import io.exchequer.kernel.TokenUsage;
import io.exchequer.registry.DeploymentSettings.OnDisconnect;
import io.exchequer.routing.ApiError;
import io.exchequer.routing.FailureClass;
import io.exchequer.routing.RoutingService.Outcome;
import io.exchequer.routing.UpstreamFailure;
import io.exchequer.routing.UpstreamProvider.UpstreamAnswer;
import io.exchequer.routing.wire.EventStreamReader;
import io.exchequer.routing.wire.FrameKind;
import io.exchequer.routing.wire.StreamedText;
import org.jspecify.annotations.Nullable;

/**
 * Passes a stream on. Before the commit point frames are kept back, keep-alive comments
 * are dropped, since the client has no head yet that they could follow, and a failure is
 * the attempt's alone; after it a failure is told in the stream. The last chunk waits for
 * the settlement. Used by one thread.
 */
final class StreamExchange {

	private static final byte[] NOTHING = {};

	private final Exchange exchange;

	private final UpstreamAnswer answer;

	private final ClientSide client;

	private final boolean continues;

	/** What the client has, or null where nobody will go on with it. */
	private final @Nullable StreamedText text;

	/** Whether this attempt is past its commit point. */
	private boolean shown;

	private boolean finalUsage;

	private long firstTokenMillis = -1;

	/**
	 * Makes an exchange.
	 * @param open the client's stream to go on with, or null where nothing was sent yet
	 */
	StreamExchange(Exchange exchange, UpstreamAnswer answer, @Nullable OpenStream open) {
		this.exchange = exchange;
		this.answer = answer;
		this.continues = open != null;
		if (open != null) {
			this.client = open.client();
			this.text = open.text();
			return;
		}
		this.text = exchange.route().fallback().continueStreams() ? new StreamedText() : null;
		this.client = new ClientSide(exchange.sink(), () -> exchange.head(answer, -1, null),
				(int) exchange.services().settings().commitBufferMax().toBytes());
	}

	/**
	 * Passes the stream on to its end.
	 * @throws UpstreamFailure if it fails before its commit point
	 */
	AttemptResult run() throws UpstreamFailure {
		EventStreamReader reader = EventStreamReader.open(this.answer,
				(int) this.exchange.services().settings().frameMax().toBytes());
		try {
			return passAll(reader);
		}
		catch (UpstreamFailure ex) {
			if (!this.shown) {
				throw ex;
			}
			return brokenOff(reader, ex);
		}
	}

	private AttemptResult passAll(EventStreamReader reader) throws UpstreamFailure {
		boolean usageWanted = this.exchange.route().request().document().usageWanted();
		while (true) {
			if (!reader.ready()) {
				this.client.flush();
			}
			if (this.client.isGone() && onDisconnect() == OnDisconnect.CANCEL) {
				return this.exchange.cancelled(settledUsage(reader), reader.serviceTier());
			}
			FrameKind kind = reader.next();
			if (!this.shown && this.exchange.isPastCommitDeadline()) {
				throw new UpstreamFailure(FailureClass.TIMEOUT, "no content came in time", true, null, 0);
			}
			switch (kind) {
				case COMMIT -> {
					commit();
					send(reader);
				}
				case FINISH -> send(reader);
				case EMPTY -> {
					if (!this.continues) {
						send(reader);
					}
				}
				case OTHER -> pass(reader);
				case COMMENT -> {
					if (this.client.isCommitted()) {
						pass(reader);
					}
				}
				case USAGE -> {
					this.finalUsage = true;
					if (usageWanted || !this.exchange.asksForUsage()) {
						send(reader);
					}
				}
				case ERROR -> throw told(reader);
				case DONE -> {
					if (!reader.complete()) {
						throw broken("the stream ended before it was finished");
					}
					return finished(reader);
				}
				case END -> throw broken("the stream ended without its last chunk");
			}
		}
	}

	private void commit() {
		if (this.shown) {
			return;
		}
		this.shown = true;
		this.firstTokenMillis = this.exchange.millisSince(this.exchange.attempt().startedMillis());
		this.exchange.services().metrics().firstToken(this.exchange.attempt().deployment(), this.firstTokenMillis);
		this.client.commit();
	}

	/** Sends a chunk; one that goes on with another's answer as one of that. */
	private void send(EventStreamReader reader) throws UpstreamFailure {
		if (this.text == null) {
			pass(reader);
			return;
		}
		if (this.continues) {
			byte[] chunk = this.text.rewritten(reader.buffer(), reader.offset(), reader.length());
			this.client.send(chunk, 0, chunk.length);
		}
		else {
			pass(reader);
		}
		this.text.add(reader.buffer(), reader.offset(), reader.length());
	}

	/** Sends a frame as it is. */
	private void pass(EventStreamReader reader) throws UpstreamFailure {
		if (!this.client.hasRoom(reader.length())) {
			throw broken("the stream says too much before its first content");
		}
		this.client.send(reader.buffer(), reader.offset(), reader.length());
	}

	/** The stream is whole: its last chunk waits until the settlement is durable. */
	private AttemptResult finished(EventStreamReader reader) {
		long millis = this.exchange.millisSince(this.exchange.attempt().startedMillis());
		byte[] last = copy(reader);
		TokenUsage usage = reader.usage();
		this.exchange.answered(this.answer.status(), millis);
		if (usage != null && this.firstTokenMillis >= 0) {
			this.exchange.attempt()
				.state()
				.observe(this.firstTokenMillis, usage.outputTokens(), millis - this.firstTokenMillis,
						this.exchange.services().clock().millis());
		}
		this.client.flush();
		boolean gone = this.client.isGone();
		Settled settled = this.exchange.settle(usage, reader.serviceTier(), outcome(gone));
		if (settled == null) {
			return undurable();
		}
		this.client.commit();
		this.client.send(last, 0, last.length);
		this.client.flush();
		Outcome.Answered answered = new Outcome.Answered(this.answer.status(), this.answer.contentType(),
				this.exchange.account().total());
		return new AttemptResult.Done(this.client.isGone() ? new Outcome.ClientGone(answered) : answered);
	}

	private String outcome(boolean gone) {
		return gone ? "client_gone" : this.continues ? "continued" : "answered";
	}

	private static byte[] copy(EventStreamReader reader) {
		if (reader.length() == 0) {
			return NOTHING;
		}
		byte[] copy = new byte[reader.length()];
		System.arraycopy(reader.buffer(), reader.offset(), copy, 0, copy.length);
		return copy;
	}

	/** It goes on being settled in the background; the client is not told it is whole. */
	private AttemptResult undurable() {
		ApiError error = Admitter.unavailable();
		return this.client.isCommitted() ? new AttemptResult.Done(this.client.tell(error))
				: new AttemptResult.Done(new Outcome.Refused(error, this.exchange.account().attempts()));
	}

	private AttemptResult brokenOff(EventStreamReader reader, UpstreamFailure failure) {
		this.client.flush();
		boolean gone = this.client.isGone();
		TokenUsage usage = settledUsage(reader);
		if (this.text != null && this.text.isSound() && usage == null && !gone) {
			this.exchange.broken(failure, null, reader.serviceTier(), null);
			return new AttemptResult.Interrupted(failure, new OpenStream(this.client, this.text));
		}
		this.exchange.broken(failure, usage, reader.serviceTier(), gone ? "client_gone" : "broken_off");
		return new AttemptResult.Done(this.client.tell(Failures.error(failure, this.exchange.attempt().deployment())));
	}

	/** Ends the stream with an error that the client sees. */
	AttemptResult tell(ApiError error) {
		return new AttemptResult.Done(this.client.tell(error));
	}

	/** The usage, where it is the stream's last word rather than a running count. */
	private @Nullable TokenUsage settledUsage(EventStreamReader reader) {
		return this.finalUsage ? reader.usage() : null;
	}

	private static UpstreamFailure told(EventStreamReader reader) {
		UpstreamFailure failure = reader.failure();
		return (failure != null) ? failure : broken("the stream told an error");
	}

	private static UpstreamFailure broken(String detail) {
		return new UpstreamFailure(FailureClass.BROKEN_ANSWER, detail, true, null, 0);
	}

	private OnDisconnect onDisconnect() {
		return this.exchange.attempt().deployment().settings().onDisconnect();
	}

}
