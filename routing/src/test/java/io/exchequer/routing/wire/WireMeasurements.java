package io.exchequer.routing.wire;

import java.io.InputStream;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Currency;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.UUID;

import io.exchequer.kernel.DeploymentId;
import io.exchequer.kernel.UsageBucket;
import io.exchequer.registry.Capabilities;
import io.exchequer.registry.Modality;
import io.exchequer.registry.PriceCard;
import io.exchequer.registry.PriceTier;

/**
 * Measures what the wire format costs, in nanoseconds of CPU time. No test: run its
 * {@code main} with the test class path.
 */
public final class WireMeasurements {

	private static final int ROUNDS = 8;

	private static final ThreadMXBean CPU = ManagementFactory.getThreadMXBean();

	private static long sink;

	private WireMeasurements() {
	}

	/** Prints one line for each measurement. */
	public static void main(String[] args) throws Exception {
		byte[] body = ("{\"model\":\"m\",\"messages\":[{\"role\":\"system\",\"content\":\"" + "You help. ".repeat(40)
				+ "\"},{\"role\":\"user\",\"content\":\"" + "word ".repeat(90)
				+ "\"}],\"temperature\":0.2,\"max_tokens\":256,\"stream\":true,\"user\":\"u-1\"}")
			.getBytes(StandardCharsets.UTF_8);
		RequestDocument request = OpenAiRequests.parse(Endpoint.CHAT_COMPLETIONS, body, body.length);
		Capabilities capabilities = new Capabilities(EnumSet.of(Modality.TEXT), EnumSet.of(Modality.TEXT), true, true,
				false, 128_000, 16_000, null);
		PriceCard card = new PriceCard(new UUID(1, 1), new DeploymentId(new UUID(2, 2)), 1, Instant.EPOCH,
				Currency.getInstance("USD"), List.of(new PriceTier("default", 0, Map.of(UsageBucket.INPUT,
						new BigDecimal("0.15"), UsageBucket.OUTPUT, new BigDecimal("0.60")))));
		measure("parse a request of " + body.length + " bytes", 50_000,
				() -> sink += OpenAiRequests.parse(Endpoint.CHAT_COMPLETIONS, body, body.length).length());
		measure("splice it", 200_000, () -> sink += request.splice("up", 128, WireDialect.COMPATIBLE).length());
		measure("bound its cost", 100_000, () -> sink += WorstCase.bound(request, capabilities, card, 256).hashCode());
		byte[] answer = ("{\"id\":\"c\",\"object\":\"chat.completion\",\"choices\":[{\"index\":0,\"message\":{\"role\":"
				+ "\"assistant\",\"content\":\"" + "word ".repeat(200) + "\"},\"finish_reason\":\"stop\"}],\"usage\":"
				+ "{\"prompt_tokens\":200,\"completion_tokens\":200,\"total_tokens\":400}}")
			.getBytes(StandardCharsets.UTF_8);
		measure("check an answer of " + answer.length + " bytes", 100_000,
				() -> sink += CompleteAnswer.of(Endpoint.CHAT_COMPLETIONS, answer, answer.length).length());
		String frame = "data: {\"id\":\"chatcmpl-CcP1x0Yw3s8TtM5m0h3v7b2Qn9Kfd\",\"object\":\"chat.completion.chunk\","
				+ "\"created\":1763800000,\"model\":\"gpt-5-mini\",\"system_fingerprint\":null,\"choices\":[{\"index\":0,"
				+ "\"delta\":{\"content\":\" word\"},\"logprobs\":null,\"finish_reason\":null}],\"usage\":null}\n\n";
		int frames = 1000;
		byte[] stream = frame.repeat(frames).getBytes(StandardCharsets.UTF_8);
		measure("read " + frames + " frames of " + frame.length() + " bytes, all at once", 500,
				() -> sink += frames(new Trickle(stream, 8192)));
		measure("read " + frames + " frames of " + frame.length() + " bytes, each by itself", 500,
				() -> sink += frames(new Trickle(stream, frame.length())));
		System.out.println("# " + sink);
	}

	private static int frames(InputStream in) throws Exception {
		EventStreamReader reader = new EventStreamReader(in, EventStreamReader.FRAME_BYTES_MAX);
		int count = 0;
		while (reader.next() != FrameKind.END) {
			count += reader.ready() ? 1 : 2;
		}
		return count;
	}

	private static void measure(String what, int times, Work work) throws Exception {
		long best = Long.MAX_VALUE;
		for (int round = 0; round < ROUNDS; round++) {
			long begin = CPU.getCurrentThreadCpuTime();
			for (int i = 0; i < times; i++) {
				work.run();
			}
			best = Math.min(best, (CPU.getCurrentThreadCpuTime() - begin) / times);
		}
		System.out.printf("%-60s %,9d ns%n", what, best);
	}

	private interface Work {

		void run() throws Exception;

	}

	/** Gives at most so many bytes a read. */
	private static final class Trickle extends InputStream {

		private final byte[] bytes;

		private final int most;

		private int at;

		Trickle(byte[] bytes, int most) {
			this.bytes = bytes;
			this.most = most;
		}

		@Override
		public int read() {
			return (this.at < this.bytes.length) ? this.bytes[this.at++] & 0xFF : -1;
		}

		@Override
		public int read(byte[] target, int offset, int length) {
			if (this.at == this.bytes.length) {
				return -1;
			}
			int count = Math.min(Math.min(length, this.most), this.bytes.length - this.at);
			System.arraycopy(this.bytes, this.at, target, offset, count);
			this.at += count;
			return count;
		}

	}

}
