package io.exchequer.billing.ledger;

import java.sql.SQLException;
import java.sql.SQLTransientConnectionException;
import java.time.Instant;
import java.util.List;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import static org.assertj.core.api.Assertions.assertThat;

class ParametersTests {

	@Test
	void countsMicrosecondsDownwards() {
		Instant at = Instant.parse("2026-11-22T10:15:30.123456789Z");
		assertThat(Parameters.instant(Parameters.micros(at))).isEqualTo("2026-11-22T10:15:30.123456Z");
		assertThat(Parameters.micros(Instant.EPOCH)).isZero();
		Instant before = Instant.parse("1969-12-31T23:59:59.999999Z");
		assertThat(Parameters.micros(before)).isEqualTo(-1);
		assertThat(Parameters.instant(-1)).isEqualTo(before);
	}

	@Test
	void quotesTheTextsOfAnArray() {
		assertThat(Parameters.textArray(List.of())).isEqualTo("{}");
		assertThat(Parameters.textArray(List.of("a", "", "b,c", "d\"e", "f\\g", "NULL")))
			.isEqualTo("{\"a\",\"\",\"b,c\",\"d\\\"e\",\"f\\\\g\",\"NULL\"}");
	}

	@ParameterizedTest
	@CsvSource({ "40001, CONTENTION", "40P01, CONTENTION", "23505, CONTENTION", "08006, UNAVAILABLE",
			"57P01, UNAVAILABLE", "57P03, UNAVAILABLE", "53300, UNAVAILABLE", "25006, UNAVAILABLE", "23514, REFUSED",
			"22021, REFUSED", "42501, REFUSED" })
	void classifiesFailuresByTheirState(String state, SqlFailure expected) {
		assertThat(SqlFailure.of(new SQLException("broken", state))).isEqualTo(expected);
	}

	@Test
	void takesAPoolWithoutConnectionsForUnavailable() {
		assertThat(SqlFailure.of(new SQLTransientConnectionException("timed out"))).isEqualTo(SqlFailure.UNAVAILABLE);
		assertThat(SqlFailure.of(new SQLException("no state"))).isEqualTo(SqlFailure.REFUSED);
	}

}
