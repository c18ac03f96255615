package io.exchequer.billing.ledger;

import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;

import io.exchequer.billing.Admission;
import io.exchequer.billing.ChargeTo;
import io.exchequer.billing.HoldRequest;

/**
 * An admission that waits for its verdict.
 */
final class AdmitCall extends LedgerCall<Admission> {

	private final HoldRequest request;

	private final List<Charge> charges;

	private final long epoch;

	/** Written and read by whoever leads, one after the other. */
	private volatile boolean retry;

	private final Consumer<AdmitCall> whenTooLate;

	private final AtomicBoolean takenBack = new AtomicBoolean();

	/**
	 * Makes a call.
	 * @param request what is asked
	 * @param charges the budgets it stands under
	 * @param retry whether the same hold may be there from an earlier try
	 * @param whenTooLate told, once, where it was or may have been admitted after its
	 * caller had gone
	 */
	AdmitCall(HoldRequest request, List<Charge> charges, boolean retry, Consumer<AdmitCall> whenTooLate) {
		this.request = request;
		this.charges = charges;
		this.epoch = request.budgets().epoch(request.chargeTo().tenant());
		this.retry = retry;
		this.whenTooLate = whenTooLate;
	}

	HoldRequest request() {
		return this.request;
	}

	List<Charge> charges() {
		return this.charges;
	}

	long epoch() {
		return this.epoch;
	}

	boolean retry() {
		return this.retry;
	}

	/** Notes that a try failed whose outcome may not have been heard. */
	void mayBeHeld() {
		this.retry = true;
	}

	@Override
	UUID tenant() {
		return this.request.chargeTo().tenant().value();
	}

	@Override
	boolean movesMoney() {
		return true;
	}

	/** Returns whether its key has a rate limit. */
	boolean rated() {
		ChargeTo chargeTo = this.request.chargeTo();
		return chargeTo.requestsPerMinute() != null || chargeTo.tokensPerMinute() != null;
	}

	/** Returns the calendar minute its rates count in. */
	Instant minute() {
		return minute(this.request);
	}

	static Instant minute(HoldRequest request) {
		return request.at().truncatedTo(ChronoUnit.MINUTES);
	}

	/** Returns the tokens it holds of its key's minute, 0 where no limit counts them. */
	static long heldTokens(HoldRequest request) {
		return (request.chargeTo().tokensPerMinute() != null) ? request.worstCaseTokens() : 0;
	}

	@Override
	protected void finishedTooLate(Admission outcome) {
		if (outcome instanceof Admission.Granted) {
			takeBack();
		}
	}

	/** The answer was lost: it may be held, and its caller does not ask again. */
	@Override
	protected void failedTooLate() {
		if (this.retry) {
			takeBack();
		}
	}

	private void takeBack() {
		if (this.takenBack.compareAndSet(false, true)) {
			this.whenTooLate.accept(this);
		}
	}

}
