package io.exchequer.routing.execution;

import io.exchequer.registry.Deployment;
import io.exchequer.registry.DeploymentSettings.OnDisconnect;
import io.exchequer.routing.AnswerSink;

/**
 * The time in which a request's thread waits for an upstream and writes nothing. Where
 * the deployment says to cancel, a client that goes away meanwhile interrupts the wait:
 * an interrupted read of a virtual thread closes its socket, which is what cancelling
 * means to a provider. Used by one thread.
 */
final class Awaited {

	private final AnswerSink.Watch watch;

	private volatile boolean clientGone;

	private Awaited(Deployment deployment, AnswerSink sink) {
		Thread waiting = Thread.currentThread();
		this.watch = (deployment.settings().onDisconnect() == OnDisconnect.CANCEL) ? sink.whileAwaiting(() -> {
			this.clientGone = true;
			waiting.interrupt();
		}) : AnswerSink.Watch.NONE;
	}

	static Awaited begin(Deployment deployment, AnswerSink sink) {
		return new Awaited(deployment, sink);
	}

	/**
	 * Ends the time; from now on nothing is interrupted. Ending it again does nothing.
	 */
	void end() {
		this.watch.close();
		if (this.clientGone) {
			// It has done its work, or came too late for it.
			Thread.interrupted();
		}
	}

	/** Returns whether the client went away meanwhile. */
	boolean isClientGone() {
		return this.clientGone;
	}

}
