package io.exchequer.batch;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;

class LineReaderTests {

	@ParameterizedTest
	@ValueSource(ints = { 1, 2, 3, 7, 64 })
	void knowsWhereEachLineIsHoweverItArrives(int piece) throws IOException {
		String text = "first\n\r\n  \nse cond\r\n\u00e9t\u00e9\nlast";
		assertThat(read(text, 100, piece)).containsExactly("1@0 first", "4@11 se cond", "5@20 \u00e9t\u00e9",
				"6@26 last");
		byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
		assertThat(new String(bytes, 11, 7, StandardCharsets.UTF_8)).isEqualTo("se cond");
		assertThat(new String(bytes, 20, 5, StandardCharsets.UTF_8)).isEqualTo("\u00e9t\u00e9");
	}

	@ParameterizedTest
	@ValueSource(ints = { 1, 3, 1000 })
	void passesOverWhatIsTooLongAndNotANearMiss(int piece) throws IOException {
		assertThat(read("12345\n123456\n1234\r\n12345\r\n123456\r\nend", 5, piece)).containsExactly("1@0 12345",
				"2@6 too long", "3@13 1234", "4@19 12345", "5@26 too long", "6@34 end");
	}

	@Test
	void passesOverAByteOrderMarkAtTheBeginningOnly() throws IOException {
		assertThat(read("\uFEFFone\n\uFEFFtwo\n", 100, 64)).containsExactly("1@3 one", "2@7 \uFEFFtwo");
	}

	@Test
	void findsNothingInNothing() throws IOException {
		assertThat(read("", 10, 1)).isEmpty();
		assertThat(read("\n\n \t\n", 10, 1)).isEmpty();
	}

	@Test
	void readsAMillionLinesOfWhichHalfAreBroken() throws IOException {
		int lines = 1_000_000;
		LineReader reader = new LineReader(new Generated(lines), 200);
		int valid = 0;
		int broken = 0;
		while (reader.next()) {
			try {
				Envelope envelope = Envelope.read(reader.bytes(), reader.length(), "/v1/embeddings");
				assertThat(envelope.customId()).isEqualTo(Integer.toString(reader.number()));
				valid++;
			}
			catch (InvalidLineException ex) {
				broken++;
			}
		}
		assertThat(valid).isEqualTo(lines / 2);
		assertThat(broken).isEqualTo(lines / 2);
	}

	private static List<String> read(String text, int longest, int piece) throws IOException {
		InputStream whole = new ByteArrayInputStream(text.getBytes(StandardCharsets.UTF_8));
		LineReader reader = new LineReader(new InputStream() {

			@Override
			public int read() throws IOException {
				return whole.read();
			}

			@Override
			public int read(byte[] into, int offset, int length) throws IOException {
				return whole.read(into, offset, Math.min(length, piece));
			}

		}, longest);
		List<String> lines = new ArrayList<>();
		while (reader.next()) {
			String line = new String(reader.bytes(), 0, reader.length(), StandardCharsets.UTF_8);
			lines.add(reader.number() + "@" + reader.position() + " " + (reader.isTooLong() ? "too long" : line));
		}
		return lines;
	}

	/** Lines that are made as they are read: every other one is cut off. */
	private static final class Generated extends InputStream {

		private final int lines;

		private int made;

		private byte[] line = {};

		private int at;

		Generated(int lines) {
			this.lines = lines;
		}

		@Override
		public int read() {
			byte[] one = new byte[1];
			return (read(one, 0, 1) < 0) ? -1 : one[0];
		}

		@Override
		public int read(byte[] into, int offset, int length) {
			if (this.at == this.line.length) {
				if (this.made == this.lines) {
					return -1;
				}
				this.made++;
				String whole = "{\"custom_id\":\"" + this.made
						+ "\",\"method\":\"POST\",\"url\":\"/v1/embeddings\",\"body\":{}}";
				this.line = ((this.made % 2 == 0) ? whole.substring(0, whole.length() - 1) + "\n" : whole + "\n")
					.getBytes(StandardCharsets.US_ASCII);
				this.at = 0;
			}
			int count = Math.min(length, this.line.length - this.at);
			System.arraycopy(this.line, this.at, into, offset, count);
			this.at += count;
			return count;
		}

	}

}
