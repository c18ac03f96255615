package io.exchequer.benchmarks;

import java.nio.file.Path;
import java.util.List;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

import io.exchequer.benchmarks.Cell.Load;
import io.exchequer.benchmarks.Cell.Way;

import static org.assertj.core.api.Assertions.assertThat;

class TargetTests {

	@Test
	void holdsTheRatioToNginxAgainstItsLimitToTheBoundary() {
		assertThat(processorTarget(240).verdict()).isEqualTo("pass");
		assertThat(processorTarget(241).verdict()).isEqualTo("MISS");
	}

	@Test
	void saysWhatWasNotMeasured() {
		assertThat(Target.of(results(List.of(), null))).allSatisfy((target) -> {
			assertThat(target.verdict()).isEqualTo("not measured");
			assertThat(target.measured()).isNull();
		});
	}

	@Test
	void addsPostgresqlToBillingsPartOfThePlatform() {
		List<Cell> cells = List.of(cell(Way.NGINX, 30, 0), cell(Way.PLATFORM, 200, 80));
		Results results = results(cells, new BillingShare(100, 25, Path.of("x")));
		assertThat(Target.billingMicros(results, cells.getLast())).contains(130.0);
	}

	private static Target processorTarget(long platformMicros) {
		return Target.of(results(List.of(cell(Way.NGINX, 30, 0), cell(Way.PLATFORM, platformMicros, 0)), null))
			.getFirst();
	}

	private static Results results(List<Cell> cells, @Nullable BillingShare share) {
		return new Results(Options.parse(), cells, share, null);
	}

	private static Cell cell(Way way, long micros, long databaseMicros) {
		LoadReport seen = new LoadReport(1, 1, 1, 1, 0, 0, 0, 0, "");
		return new Cell(Load.PLAIN, 16, way, seen, micros, databaseMicros, 1, 0);
	}

}
