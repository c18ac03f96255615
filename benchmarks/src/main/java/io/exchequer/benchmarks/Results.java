package io.exchequer.benchmarks;

import java.util.List;
import java.util.Optional;

import org.jspecify.annotations.Nullable;

import io.exchequer.benchmarks.Cell.Load;
import io.exchequer.benchmarks.Cell.Way;

/**
 * All that a run measured.
 *
 * @param options what was asked for
 * @param cells the cells in the order of their measurement
 * @param billingShare the part of the platform's CPU time that billing takes, or null if
 * it was not sampled
 * @param admissionsPerSecond one hot tenant's admissions with their settlements in a
 * second, or null if not measured
 */
record Results(Options options, List<Cell> cells, @Nullable BillingShare billingShare,
		@Nullable Double admissionsPerSecond) {

	/** Returns one cell, if it was measured and answered anything. */
	Optional<Cell> cell(Load load, int connections, Way way) {
		return this.cells.stream()
			.filter((cell) -> cell.load() == load && cell.connections() == connections && cell.path() == way
					&& cell.seen().requests() > 0)
			.findFirst();
	}

}
