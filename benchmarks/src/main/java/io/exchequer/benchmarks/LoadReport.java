package io.exchequer.benchmarks;

/**
 * What the load generator saw in one cell.
 *
 * @param nanos how long it measured
 * @param requests requests answered in full
 * @param p50Nanos median latency
 * @param p99Nanos 99th percentile of the latency
 * @param firstTokenP50Nanos median time to the first token, 0 where not streamed
 * @param firstTokenP99Nanos 99th percentile of it, 0 where not streamed
 * @param failures answers that were not as they should be
 * @param reconnects connections that the other side closed
 * @param firstFailure what the first failure was, or empty
 */
record LoadReport(long nanos, long requests, long p50Nanos, long p99Nanos, long firstTokenP50Nanos,
		long firstTokenP99Nanos, long failures, long reconnects, String firstFailure) {

	/** Reads {@link Measured#report()}'s line. */
	static LoadReport parse(String line) {
		String[] words = line.split(" ", 9);
		if (words.length != 9) {
			throw new IllegalArgumentException("No report of the load generator: " + line);
		}
		return new LoadReport(Long.parseLong(words[0]), Long.parseLong(words[1]), Long.parseLong(words[2]),
				Long.parseLong(words[3]), Long.parseLong(words[4]), Long.parseLong(words[5]), Long.parseLong(words[6]),
				Long.parseLong(words[7]), words[8]);
	}

	/** Returns requests answered in a second. */
	double perSecond() {
		return this.requests * 1e9 / this.nanos;
	}

}
