package io.exchequer.benchmarks;

import org.jspecify.annotations.Nullable;

/**
 * What one cell of the run measured.
 *
 * @param load the kind of load
 * @param connections the closed loop's connections
 * @param path the way the requests took
 * @param seen what the load generator saw
 * @param proxyMicros CPU time of nginx or of the platform's process, in microseconds
 * @param databaseMicros CPU time of all of PostgreSQL's processes, in microseconds
 * @param residentKib the most resident memory of nginx or of the platform's process
 * @param othersShare the share of the machine's busy time that was neither the run's own
 * processes' nor idle, between 0 and 1: what disturbed the measurement
 */
record Cell(Load load, int connections, Way path, LoadReport seen, long proxyMicros, long databaseMicros,
		long residentKib, double othersShare) {

	/** The kinds of load. */
	enum Load {

		/** One answer, as fast as it goes. */
		PLAIN("plain", false, 0),

		/** Streams whose events follow each other without a pause. */
		STREAM("streamed, flat out", true, 0),

		/** Streams with an event every two milliseconds, 500 tokens a second. */
		PACED("streamed, 2 ms an event", true, 2_000);

		private final String title;

		private final boolean streamed;

		private final int pauseMicros;

		Load(String title, boolean streamed, int pauseMicros) {
			this.title = title;
			this.streamed = streamed;
			this.pauseMicros = pauseMicros;
		}

		String title() {
			return this.title;
		}

		boolean streamed() {
			return this.streamed;
		}

		int pauseMicros() {
			return this.pauseMicros;
		}

	}

	/** The ways from the load generator to the mock upstream. */
	enum Way {

		STRAIGHT, NGINX, PLATFORM,

		/** Through the platform, to an upstream whose wire it translates. */
		TRANSLATED;

		boolean platform() {
			return this == PLATFORM || this == TRANSLATED;
		}

	}

	double proxyMicrosPerRequest() {
		return (double) this.proxyMicros / this.seen.requests();
	}

	double databaseMicrosPerRequest() {
		return (double) this.databaseMicros / this.seen.requests();
	}

	double proxyMicrosPerEvent() {
		return proxyMicrosPerRequest() / Answers.STREAM_EVENTS;
	}

	/** Returns the median latency added to another way's, in milliseconds. */
	double addedP50Millis(Cell straight) {
		return (this.seen.p50Nanos() - straight.seen.p50Nanos()) / 1e6;
	}

	/**
	 * Returns how much later the 99th percentile is than another way's, in milliseconds.
	 */
	double addedP99Millis(Cell straight) {
		return (this.seen.p99Nanos() - straight.seen.p99Nanos()) / 1e6;
	}

	/** Returns the same of the first token, or null where nothing was streamed. */
	@Nullable Double addedFirstTokenP99Millis(Cell straight) {
		return this.load.streamed() ? (this.seen.firstTokenP99Nanos() - straight.seen.firstTokenP99Nanos()) / 1e6
				: null;
	}

}
