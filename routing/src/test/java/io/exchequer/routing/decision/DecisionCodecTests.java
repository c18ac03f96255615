package io.exchequer.routing.decision;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.UUID;

import io.exchequer.registry.DataClass;
import io.exchequer.routing.FailureClass;
import io.exchequer.routing.strategy.StrategyName;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

class DecisionCodecTests {

	private final Random random = new Random(7);

	@Test
	void readsBackWhatItWrote() {
		for (int i = 0; i < 200; i++) {
			DecisionRecord decision = decision(i % 20, i % 5);
			assertThat(DecisionCodec.decode(DecisionCodec.encode(decision))).isEqualTo(decision);
		}
	}

	@Test
	void knowsEveryReasonAndEveryFailure() {
		List<DecisionRecord.Candidate> candidates = new ArrayList<>();
		for (ReasonCode reason : ReasonCode.values()) {
			candidates.add(new DecisionRecord.Candidate(UUID.randomUUID(), 0, reason, -1));
		}
		List<DecisionRecord.Attempt> attempts = new ArrayList<>();
		for (FailureClass failure : FailureClass.values()) {
			attempts.add(new DecisionRecord.Attempt(0, failure, 503, 17, Long.MAX_VALUE));
		}
		DecisionRecord decision = new DecisionRecord(Long.MAX_VALUE, "é".repeat(100), StrategyName.LEAST_BUSY,
				DataClass.RESTRICTED, true, true, Integer.MAX_VALUE, candidates, attempts, "answered", 0);
		assertThat(DecisionCodec.decode(DecisionCodec.encode(decision))).isEqualTo(decision);
	}

	@Test
	void takesAtMost512BytesForTheMedianOfRealisticDecisions() {
		int[] sizes = new int[1_001];
		for (int i = 0; i < sizes.length; i++) {
			sizes[i] = DecisionCodec.encode(decision(2 + this.random.nextInt(15), 1 + this.random.nextInt(3))).length;
		}
		Arrays.sort(sizes);
		assertThat(sizes[sizes.length / 2]).isLessThanOrEqualTo(512);
		assertThat(DecisionCodec.encode(decision(16, 3)).length).isLessThanOrEqualTo(512);
	}

	@Test
	void refusesAnotherFormatAndWhatIsCutOff() {
		byte[] bytes = DecisionCodec.encode(decision(3, 1));
		for (int length = 0; length < bytes.length; length++) {
			byte[] cut = Arrays.copyOf(bytes, length);
			assertThatIllegalArgumentException().isThrownBy(() -> DecisionCodec.decode(cut));
		}
		bytes[0] = 2;
		assertThatIllegalArgumentException().isThrownBy(() -> DecisionCodec.decode(bytes)).withMessageContaining("2");
	}

	@Test
	void cutsALongNameShort() {
		DecisionRecord decision = new DecisionRecord(1, "x".repeat(5_000), StrategyName.ORDERED, DataClass.PUBLIC,
				false, false, 0, List.of(), List.of(), "model_not_found", 0);
		assertThat(DecisionCodec.decode(DecisionCodec.encode(decision)).asked())
			.hasSize(DecisionRecord.ASKED_LENGTH_MAX);
	}

	private DecisionRecord decision(int candidates, int attempts) {
		ReasonCode[] reasons = ReasonCode.values();
		List<DecisionRecord.Candidate> considered = new ArrayList<>();
		for (int i = 0; i < candidates; i++) {
			considered.add(new DecisionRecord.Candidate(new UUID(this.random.nextLong(), this.random.nextLong()), i + 1,
					reasons[this.random.nextInt(reasons.length)], this.random.nextLong(5_000_000_000L) - 1));
		}
		List<DecisionRecord.Attempt> tried = new ArrayList<>();
		for (int i = 0; i < attempts; i++) {
			tried.add(new DecisionRecord.Attempt(i, (i + 1 < attempts) ? FailureClass.OVERLOADED : null,
					(i + 1 < attempts) ? 503 : 200, (i % 2 == 0) ? null : 512, this.random.nextInt(60_000)));
		}
		return new DecisionRecord(12_345, "gpt-4o-mini-2024-07-18", StrategyName.CHEAPEST, DataClass.INTERNAL, true,
				false, 1_234, considered, tried, "answered", 23_456);
	}

}
