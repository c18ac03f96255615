package io.exchequer.billing.ledger;

import java.math.BigDecimal;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.stream.IntStream;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * What is written into an array of composites is what the database reads out of it.
 */
class CompositeArrayIT {

	private static final List<String> HOSTILE = List.of("plain", "", " ", "NULL", "null", "a,b", "(a)", "{a}", "\"",
			"\\", "\\\"", "\"\"", "a\\", "\\x41", "line\nbreak\r\n\ttab", "'; DROP TABLE hold; --", "é 漢 😀", ")\",\"(",
			"$1 ?::text ??");

	private static TestLedger ledger;

	@BeforeAll
	static void start() {
		ledger = new TestLedger();
		ledger.execute(
				"CREATE TYPE sample AS (small integer, number bigint, perhaps bigint, exact numeric, id uuid, at timestamptz, text text, bytes bytea, "
						+ "texts text[], ids uuid[], instants timestamptz[])");
	}

	@AfterAll
	static void stop() {
		ledger.close();
	}

	@Test
	void bringsEveryTextAcrossAsItIs() throws Exception {
		CompositeArray rows = new CompositeArray();
		for (String text : HOSTILE) {
			rows.row()
				.number(1)
				.add(1)
				.add((Integer) null)
				.add((BigDecimal) null)
				.add((UUID) null)
				.add(Instant.EPOCH)
				.add(text)
				.add(new byte[0])
				.texts(HOSTILE);
			rows.uuids(null).instants(null);
		}
		List<String> texts = new ArrayList<>();
		read(rows, (row) -> {
			texts.add(row.getString("text"));
			assertThat((String[]) row.getArray("texts").getArray()).containsExactlyElementsOf(HOSTILE);
		});
		assertThat(texts).containsExactlyElementsOf(HOSTILE);
	}

	@Test
	void leavesOutTheCharacterThatTheDatabaseDoesNotStore() throws Exception {
		CompositeArray rows = new CompositeArray().row()
			.number(1)
			.add(1)
			.count(0)
			.add((BigDecimal) null)
			.add((UUID) null)
			.add(Instant.EPOCH)
			.add("a\0b")
			.add(new byte[] { 0 })
			.texts(List.of("c\0d"))
			.uuids(List.of())
			.instants(List.of());
		read(rows, (row) -> {
			assertThat(row.getString("text")).isEqualTo("ab");
			assertThat((String[]) row.getArray("texts").getArray()).containsExactly("cd");
			assertThat(row.getBytes("bytes")).containsExactly(0);
			assertThat(row.getObject("perhaps")).isNull();
			assertThat(row.getObject("exact")).isNull();
			assertThat((UUID[]) row.getArray("ids").getArray()).isEmpty();
		});
	}

	@Test
	void writesNumbersIdentifiersAndInstants() throws Exception {
		UUID id = UUID.fromString("ffffffff-ffff-7fff-bfff-00000000000f");
		Instant at = Instant.parse("2026-02-28T23:59:59.999999999Z");
		CompositeArray rows = new CompositeArray().row()
			.number(Integer.MIN_VALUE)
			.add(Long.MIN_VALUE)
			.add(Integer.valueOf(-7))
			.add(new BigDecimal("12345678901234567890123456789.000120"))
			.add(id)
			.add(at)
			.add((String) null)
			.add(new byte[] { -1, 0, 127, '\\', '"' })
			.texts(List.of())
			.uuids(List.of(id, new UUID(0, 0)))
			.instants(List.of(at, Instant.EPOCH));
		read(rows, (row) -> {
			assertThat(row.getInt("small")).isEqualTo(Integer.MIN_VALUE);
			assertThat(row.getLong("number")).isEqualTo(Long.MIN_VALUE);
			assertThat(row.getLong("perhaps")).isEqualTo(-7);
			assertThat(row.getBigDecimal("exact")).isEqualByComparingTo("12345678901234567890123456789.00012");
			assertThat(row.getObject("id")).isEqualTo(id);
			assertThat(row.getString("at")).startsWith("2026-02-28 23:59:59.999999");
			assertThat(row.getString("text")).isNull();
			assertThat(row.getBytes("bytes")).containsExactly(-1, 0, 127, '\\', '"');
			assertThat((UUID[]) row.getArray("ids").getArray()).containsExactly(id, new UUID(0, 0));
			assertThat(row.getString("instants")).contains("1970-01-01 00:00:00");
		});
	}

	@Test
	void writesInstantsBeforeTheDatabasesOwnEpochAndManyRows() throws Exception {
		Instant first = Instant.parse("1969-12-31T23:59:59.000001Z");
		CompositeArray rows = new CompositeArray();
		for (int i = 0; i < 1_000; i++) {
			rows.row().number(i).add(i).count(i).add(BigDecimal.valueOf(i, 3)).add(new UUID(i, i));
			rows.add(first.plusSeconds(i)).add("é".repeat(i % 7)).add(new byte[i % 5]);
			rows.texts(List.of("x")).uuids(List.of()).instants(List.of(first));
		}
		List<Integer> numbers = new ArrayList<>();
		read(rows, (row) -> {
			int i = row.getInt("small");
			numbers.add(i);
			assertThat(row.getObject("at", OffsetDateTime.class).toInstant()).isEqualTo(first.plusSeconds(i));
			assertThat(row.getString("text")).isEqualTo("é".repeat(i % 7));
			assertThat(row.getBytes("bytes")).hasSize(i % 5);
			assertThat(row.getBigDecimal("exact")).isEqualByComparingTo(BigDecimal.valueOf(i, 3));
		});
		assertThat(numbers).containsExactlyElementsOf(IntStream.range(0, 1_000).boxed().toList());
	}

	@Test
	void writesNothingAsAnEmptyArray() throws Exception {
		List<String> rows = new ArrayList<>();
		read(new CompositeArray(), (row) -> rows.add(row.getString("text")));
		assertThat(rows).isEmpty();
	}

	private static void read(CompositeArray rows, Reader reader) throws Exception {
		try (Connection connection = ledger.owner.getConnection();
				PreparedStatement statement = connection
					.prepareStatement("SET timezone = 'UTC'; SELECT * FROM unnest(?::sample[])")) {
			new Parameters(statement).composites(rows, "sample");
			statement.execute();
			statement.getMoreResults();
			try (ResultSet row = statement.getResultSet()) {
				while (row.next()) {
					reader.read(row);
				}
			}
		}
	}

	private interface Reader {

		void read(ResultSet row) throws Exception;

	}

}
