package io.exchequer.billing;

import java.time.DayOfWeek;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneId;
import java.time.temporal.TemporalAdjusters;
import java.util.List;
import java.util.Optional;

import org.jspecify.annotations.Nullable;

/**
 * How long a budget's limit lasts before it begins anew. Windows follow the calendar of
 * the budget's time zone, so that a day may last 23 or 25 hours.
 */
public sealed interface BudgetWindow {

	/** Every window, from the shortest. */
	List<BudgetWindow> ALL = List.of(new Day(), new Week(), new Month(), new Quarter(), new Year(), new Total());

	/** Returns the name it has in the API and the database: {@code month}. */
	String name();

	/** Returns the window's period that contains an instant. */
	Period period(Instant at, ZoneId zone);

	/** Returns the window with a name, or empty where there is none. */
	static Optional<BudgetWindow> named(String name) {
		return ALL.stream().filter((window) -> window.name().equals(name)).findFirst();
	}

	/**
	 * One run of a window.
	 *
	 * @param start the first instant in it
	 * @param end the first instant after it, or null where it never ends
	 */
	record Period(Instant start, @Nullable Instant end) {

		static Period ofDays(LocalDate first, LocalDate next, ZoneId zone) {
			return new Period(first.atStartOfDay(zone).toInstant(), next.atStartOfDay(zone).toInstant());
		}

		/** Returns whether an instant lies in it. */
		public boolean contains(Instant at) {
			return !at.isBefore(this.start) && (this.end == null || at.isBefore(this.end));
		}

	}

	/** A calendar day. */
	record Day() implements BudgetWindow {

		@Override
		public String name() {
			return "day";
		}

		@Override
		public Period period(Instant at, ZoneId zone) {
			LocalDate first = LocalDate.ofInstant(at, zone);
			return Period.ofDays(first, first.plusDays(1), zone);
		}

	}

	/** A week from Monday on, as in ISO 8601. */
	record Week() implements BudgetWindow {

		@Override
		public String name() {
			return "week";
		}

		@Override
		public Period period(Instant at, ZoneId zone) {
			LocalDate first = LocalDate.ofInstant(at, zone).with(TemporalAdjusters.previousOrSame(DayOfWeek.MONDAY));
			return Period.ofDays(first, first.plusWeeks(1), zone);
		}

	}

	/** A calendar month. */
	record Month() implements BudgetWindow {

		@Override
		public String name() {
			return "month";
		}

		@Override
		public Period period(Instant at, ZoneId zone) {
			LocalDate first = LocalDate.ofInstant(at, zone).withDayOfMonth(1);
			return Period.ofDays(first, first.plusMonths(1), zone);
		}

	}

	/** A quarter of the calendar year. */
	record Quarter() implements BudgetWindow {

		@Override
		public String name() {
			return "quarter";
		}

		@Override
		public Period period(Instant at, ZoneId zone) {
			LocalDate date = LocalDate.ofInstant(at, zone);
			LocalDate first = LocalDate.of(date.getYear(), date.getMonth().firstMonthOfQuarter(), 1);
			return Period.ofDays(first, first.plusMonths(3), zone);
		}

	}

	/** A calendar year. */
	record Year() implements BudgetWindow {

		@Override
		public String name() {
			return "year";
		}

		@Override
		public Period period(Instant at, ZoneId zone) {
			LocalDate first = LocalDate.ofInstant(at, zone).withDayOfYear(1);
			return Period.ofDays(first, first.plusYears(1), zone);
		}

	}

	/** All time: the limit never renews. */
	record Total() implements BudgetWindow {

		private static final Period ALWAYS = new Period(Instant.EPOCH, null);

		@Override
		public String name() {
			return "total";
		}

		@Override
		public Period period(Instant at, ZoneId zone) {
			return ALWAYS;
		}

	}

}
