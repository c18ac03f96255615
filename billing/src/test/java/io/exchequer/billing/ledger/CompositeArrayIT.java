package io.exchequer.billing.ledger;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * What is written into a literal is what the database reads out of it.
 */
class CompositeArrayIT {

	private static final List<String> HOSTILE = List.of("plain", "", " ", "NULL", "null", "a,b", "(a)", "{a}", "\"",
			"\\", "\\\"", "\"\"", "a\\", "\\x41", "line\nbreak\r\n\ttab", "'; DROP TABLE hold; --", "é 漢 😀", ")\",\"(",
			"$1 ?::text ??");

	private static TestLedger ledger;

	@BeforeAll
	static void start() {
		ledger = new TestLedger();
		ledger.execute("CREATE TYPE sample AS (number bigint, id uuid, at timestamptz, text text, bytes bytea, "
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
			rows.row().add(1).add((UUID) null).add(Instant.EPOCH).add(text).add(new byte[0]).texts(HOSTILE);
			rows.uuids(List.of()).instants(List.of());
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
			.add(1)
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
		});
	}

	@Test
	void writesNumbersIdentifiersAndInstants() throws Exception {
		UUID id = UUID.fromString("ffffffff-ffff-7fff-bfff-00000000000f");
		Instant at = Instant.parse("2026-02-28T23:59:59.999999999Z");
		CompositeArray rows = new CompositeArray().row()
			.add(Long.MIN_VALUE)
			.add(id)
			.add(at)
			.add((String) null)
			.add(new byte[] { -1, 0, 127, '\\', '"' })
			.texts(List.of())
			.uuids(List.of(id, new UUID(0, 0)))
			.instants(List.of(at, Instant.EPOCH));
		read(rows, (row) -> {
			assertThat(row.getLong("number")).isEqualTo(Long.MIN_VALUE);
			assertThat(row.getObject("id")).isEqualTo(id);
			assertThat(row.getString("at")).startsWith("2026-02-28 23:59:59.999999");
			assertThat(row.getString("text")).isNull();
			assertThat(row.getBytes("bytes")).containsExactly(-1, 0, 127, '\\', '"');
			assertThat((UUID[]) row.getArray("ids").getArray()).containsExactly(id, new UUID(0, 0));
			assertThat(row.getString("instants")).contains("1970-01-01 00:00:00");
		});
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
			new Parameters(statement).literal(rows);
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
