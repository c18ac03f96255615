package io.exchequer.admin.connection;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import java.util.function.Supplier;

import io.exchequer.admin.connection.ConnectionReport.Check;
import io.exchequer.admin.connection.ConnectionReport.Kind;
import io.exchequer.admin.connection.ConnectionReport.Latency;
import io.exchequer.admin.connection.ConnectionReport.Result;
import io.exchequer.admin.connection.TestCalls.Called;
import io.exchequer.kernel.Money;
import io.exchequer.registry.Capabilities;
import io.exchequer.registry.Deployment;
import io.exchequer.registry.Modality;
import io.exchequer.routing.wire.RequestDocument;
import org.jspecify.annotations.Nullable;

/**
 * Makes one test of one deployment, check by check. Used by one thread.
 */
final class TestRun {

	private final Deployment deployment;

	private final TestCalls calls;

	private final Duration limit;

	private final TestRequests requests;

	private final List<Check> checks = new ArrayList<>();

	/** Why nothing more is tried, or null. */
	private @Nullable String inVain;

	TestRun(Deployment deployment, TestCalls calls, Duration limit) {
		this.deployment = deployment;
		this.calls = calls;
		this.limit = limit;
		this.requests = new TestRequests(deployment);
	}

	ConnectionReport run() {
		Check connection = Reachability.check(this.deployment, this.limit);
		this.checks.add(connection);
		Capabilities can = this.deployment.model().capabilities();
		Called whole = null;
		Called streamed = null;
		if (can.output().contains(Modality.EMBEDDING)) {
			whole = embedding();
		}
		else if (can.output().contains(Modality.TEXT) && can.input().contains(Modality.TEXT)) {
			whole = check(Kind.ANSWER, this.requests::answer,
					(answer) -> Judgement.ofText(answer, "answered with text"));
			streamed = check(Kind.STREAMING, this.requests::streamed, Judgement::ofStream);
			abilities(can);
			usage(Kind.USAGE, whole, false);
			usage(Kind.STREAMED_USAGE, streamed, true);
		}
		else {
			without(Kind.ANSWER, "no test is known for a model that does not write text for text");
		}
		Latency latency = new Latency(connection.millis(),
				(whole != null) ? ConnectionReport.millis(whole.probed().firstByte()) : null, total(whole),
				(streamed != null) ? ConnectionReport.millis(streamed.answer().head()) : null, total(streamed));
		return ConnectionReport.of(this.deployment, latency, this.checks);
	}

	private @Nullable Called embedding() {
		Called called = check(Kind.EMBEDDING, this.requests::embedding, Judgement::ofEmbedding);
		for (Kind kind : List.of(Kind.STREAMING, Kind.TOOLS, Kind.VISION, Kind.STREAMED_USAGE)) {
			without(kind, "the model writes embeddings");
		}
		usage(Kind.USAGE, called, false);
		return called;
	}

	private void abilities(Capabilities can) {
		if (can.tools()) {
			check(Kind.TOOLS, this.requests::tools, Judgement::ofTools);
		}
		else {
			without(Kind.TOOLS, "the model is not said to call tools");
		}
		if (can.input().contains(Modality.IMAGE)) {
			check(Kind.VISION, this.requests::vision,
					(answer) -> Judgement.ofText(answer, "answered a question about an image with text"));
		}
		else {
			without(Kind.VISION, "the model is not said to read images");
		}
	}

	/**
	 * Makes a call and judges its answer; returns the call, or null where none was made.
	 */
	private @Nullable Called check(Kind kind, Supplier<RequestDocument> request, Function<byte[], Judgement> judge) {
		if (this.inVain != null) {
			this.checks.add(Check.without(kind, Result.SKIPPED, this.inVain));
			return null;
		}
		Called called = this.calls.call(request.get());
		Judgement judgement = judgement(called, judge);
		Money cost = called.cost();
		this.checks.add(new Check(kind, judgement.result(), judgement.detail(), called.probed().failure(),
				called.took().toMillis(), called.id(), cost,
				(cost != null) ? cost.currency().getCurrencyCode() : null));
		if (!called.isAnswered() && called.isHopeless()) {
			this.inVain = "was not tried: the call before it failed in a way that this one would too";
		}
		else if (called.probed().overBound()) {
			this.inVain = "was not tried: the call before it cost more than its proven bound";
		}
		return called;
	}

	private static Judgement judgement(Called called, Function<byte[], Judgement> judge) {
		if (called.probed().overBound()) {
			return new Judgement(Result.FAILED,
					"the answer cost more than its proven bound, for which the deployment is quarantined");
		}
		return called.isAnswered() ? judge.apply(called.answer().bytes())
				: new Judgement(Result.FAILED, called.problem());
	}

	private void usage(Kind kind, @Nullable Called called, boolean stream) {
		if (called == null || !called.isAnswered()) {
			this.checks.add(Check.without(kind, Result.SKIPPED, "there is no whole answer that could tell it"));
			return;
		}
		Judgement judgement = Judgement.ofUsage(called.answer().bytes(), stream);
		this.checks.add(Check.without(kind, judgement.result(), judgement.detail()));
	}

	private void without(Kind kind, String detail) {
		this.checks.add(Check.without(kind, Result.NOT_APPLICABLE, detail));
	}

	private static @Nullable Long total(@Nullable Called called) {
		return (called != null && called.isAnswered()) ? called.took().toMillis() : null;
	}

}
