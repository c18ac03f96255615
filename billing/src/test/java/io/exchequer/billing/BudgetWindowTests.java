package io.exchequer.billing;

import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import static org.assertj.core.api.Assertions.assertThat;

class BudgetWindowTests {

	private static final ZoneId BERLIN = ZoneId.of("Europe/Berlin");

	private static BudgetWindow window(String name) {
		return BudgetWindow.named(name).orElseThrow();
	}

	@ParameterizedTest
	@CsvSource({
			// the last instant of a month, of a quarter and of a year, and the first
			// after it
			"month, UTC, 2026-11-30T23:59:59.999999999Z, 2026-11-01T00:00:00Z, 2026-12-01T00:00:00Z",
			"month, UTC, 2026-12-01T00:00:00Z, 2026-12-01T00:00:00Z, 2027-01-01T00:00:00Z",
			"month, UTC, 2028-02-29T12:00:00Z, 2028-02-01T00:00:00Z, 2028-03-01T00:00:00Z",
			"quarter, UTC, 2026-12-31T23:59:59Z, 2026-10-01T00:00:00Z, 2027-01-01T00:00:00Z",
			"quarter, UTC, 2026-05-15T00:00:00Z, 2026-04-01T00:00:00Z, 2026-07-01T00:00:00Z",
			"year, UTC, 2026-12-31T23:59:59Z, 2026-01-01T00:00:00Z, 2027-01-01T00:00:00Z",
			// weeks begin on Monday, also over the turn of the year
			"week, UTC, 2026-11-22T23:59:59Z, 2026-11-16T00:00:00Z, 2026-11-23T00:00:00Z",
			"week, UTC, 2026-11-23T00:00:00Z, 2026-11-23T00:00:00Z, 2026-11-30T00:00:00Z",
			"week, UTC, 2027-01-01T00:00:00Z, 2026-12-28T00:00:00Z, 2027-01-04T00:00:00Z",
			// the zone decides the day
			"day, Europe/Berlin, 2026-11-22T23:30:00Z, 2026-11-22T23:00:00Z, 2026-11-23T23:00:00Z",
			"day, America/Los_Angeles, 2026-11-22T07:59:59Z, 2026-11-21T08:00:00Z, 2026-11-22T08:00:00Z",
			// a month that daylight saving ends in
			"month, Europe/Berlin, 2026-10-31T22:59:59Z, 2026-09-30T22:00:00Z, 2026-10-31T23:00:00Z" })
	void followsTheCalendarOfItsZone(String name, String zone, Instant at, Instant start, Instant end) {
		BudgetWindow.Period period = window(name).period(at, ZoneId.of(zone));
		assertThat(period).isEqualTo(new BudgetWindow.Period(start, end));
		assertThat(period.contains(at)).isTrue();
		assertThat(period.contains(start)).isTrue();
		assertThat(period.contains(end)).isFalse();
	}

	@Test
	void hasDaysOf23And25HoursWhereClocksChange() {
		assertThat(length(Instant.parse("2026-03-29T10:00:00Z"))).isEqualTo(Duration.ofHours(23));
		assertThat(length(Instant.parse("2026-10-25T10:00:00Z"))).isEqualTo(Duration.ofHours(25));
		assertThat(length(Instant.parse("2026-11-22T10:00:00Z"))).isEqualTo(Duration.ofHours(24));
	}

	private static Duration length(Instant at) {
		BudgetWindow.Period period = window("day").period(at, BERLIN);
		return Duration.between(period.start(), period.end());
	}

	@Test
	void beginsADayThatHasNoMidnightAtItsFirstInstant() {
		// Clocks in Cairo skip from 00:00 to 01:00 on the last Friday of April.
		BudgetWindow.Period period = window("day").period(Instant.parse("2026-04-24T10:00:00Z"),
				ZoneId.of("Africa/Cairo"));
		assertThat(period.start()).isEqualTo(Instant.parse("2026-04-23T22:00:00Z"));
	}

	@Test
	void leavesNoGapBetweenPeriods() {
		for (BudgetWindow window : BudgetWindow.ALL) {
			Instant at = Instant.parse("2026-01-15T12:00:00Z");
			for (int i = 0; i < 400; i++) {
				BudgetWindow.Period period = window.period(at, BERLIN);
				Instant end = period.end();
				if (end == null) {
					break;
				}
				assertThat(window.period(end, BERLIN).start()).isEqualTo(end);
				at = end;
			}
		}
	}

	@Test
	void neverEndsTheTotal() {
		assertThat(window("total").period(Instant.parse("2026-11-22T00:00:00Z"), BERLIN))
			.isEqualTo(new BudgetWindow.Period(Instant.EPOCH, null));
	}

	@Test
	void isFoundByItsName() {
		assertThat(BudgetWindow.ALL).extracting(BudgetWindow::name)
			.containsExactly("day", "week", "month", "quarter", "year", "total");
		assertThat(BudgetWindow.named("fortnight")).isEmpty();
	}

}
