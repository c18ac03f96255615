package io.exchequer.routing.execution;

import io.exchequer.billing.Settled;
import io.exchequer.kernel.TokenUsage;
import io.exchequer.registry.DeploymentSettings.OnDisconnect;
import io.exchequer.routing.RoutingService.Outcome;
import io.exchequer.routing.UpstreamFailure;
import io.exchequer.routing.UpstreamProvider.UpstreamAnswer;
import io.exchequer.routing.wire.BinaryAnswer;
import org.jspecify.annotations.Nullable;

/**
 * Passes sound on as it comes. Its first byte is the commit point; a failure after it
 * cuts the client's connection, since nothing in the body could tell it. The bytes read
 * last wait for the settlement. Used by one thread.
 */
final class BinaryExchange {

	private static final int BUFFER_BYTES = 16 * 1024;

	private static final String TIER = "default";

	private final Exchange exchange;

	private final UpstreamAnswer answer;

	private final @Nullable TokenUsage usage;

	private final ClientSide client;

	/**
	 * Makes an exchange.
	 * @param usage what the whole answer uses, known from the request, or null
	 */
	BinaryExchange(Exchange exchange, UpstreamAnswer answer, @Nullable TokenUsage usage) {
		this.exchange = exchange;
		this.answer = answer;
		this.usage = usage;
		this.client = new ClientSide(exchange.sink(), () -> exchange.head(answer, -1, null), BUFFER_BYTES);
	}

	/**
	 * Passes the answer on to its end.
	 * @param wait ended before the first byte is written
	 * @throws UpstreamFailure if it fails before its first byte
	 */
	AttemptResult run(Awaited wait) throws UpstreamFailure {
		BinaryAnswer sound = BinaryAnswer.open(this.answer);
		byte[] kept = new byte[BUFFER_BYTES];
		int length = sound.read(kept);
		wait.end();
		if (length < 0) {
			throw BinaryAnswer.empty();
		}
		this.exchange.services()
			.metrics()
			.firstToken(this.exchange.attempt().deployment(),
					this.exchange.millisSince(this.exchange.attempt().startedMillis()));
		try {
			return passAll(sound, kept, length);
		}
		catch (UpstreamFailure ex) {
			if (!this.client.isCommitted()) {
				throw ex;
			}
			return brokenOff(ex);
		}
	}

	private AttemptResult passAll(BinaryAnswer sound, byte[] first, int firstLength) throws UpstreamFailure {
		byte[] kept = first;
		int length = firstLength;
		byte[] next = new byte[BUFFER_BYTES];
		while (true) {
			int count = sound.read(next);
			if (count < 0) {
				return finished(kept, length);
			}
			this.client.commit();
			this.client.send(kept, 0, length);
			this.client.flush();
			if (this.client.isGone() && onDisconnect() == OnDisconnect.CANCEL) {
				return this.exchange.cancelled(this.usage, TIER);
			}
			byte[] sent = kept;
			kept = next;
			length = count;
			next = sent;
		}
	}

	/** The sound is whole: its last bytes wait until the settlement is durable. */
	private AttemptResult finished(byte[] last, int length) {
		this.exchange.answered(this.answer.status(),
				this.exchange.millisSince(this.exchange.attempt().startedMillis()));
		boolean gone = this.client.isGone();
		Settled settled = this.exchange.settle(this.usage, TIER, gone ? "client_gone" : "answered");
		if (settled == null) {
			return this.client.isCommitted() ? new AttemptResult.Done(new Outcome.BrokenOff(Admitter.unavailable()))
					: new AttemptResult.Done(
							new Outcome.Refused(Admitter.unavailable(), this.exchange.account().attempts()));
		}
		this.client.commit();
		this.client.send(last, 0, length);
		this.client.flush();
		Outcome.Answered answered = new Outcome.Answered(this.answer.status(), this.answer.contentType(),
				this.exchange.account().total());
		return new AttemptResult.Done(this.client.isGone() ? new Outcome.ClientGone(answered) : answered);
	}

	private AttemptResult brokenOff(UpstreamFailure failure) {
		boolean gone = this.client.isGone();
		this.exchange.broken(failure, null, TIER, gone ? "client_gone" : "broken_off");
		return new AttemptResult.Done(gone ? new Outcome.ClientGone()
				: new Outcome.BrokenOff(Failures.error(failure, this.exchange.attempt().deployment())));
	}

	private OnDisconnect onDisconnect() {
		return this.exchange.attempt().deployment().settings().onDisconnect();
	}

}
