package io.exchequer.kernel;

import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Map;
import java.util.UUID;

import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

class KernelTests {

	@Test
	void stampsAnIdentifierWithItsMillisecond() {
		Instant now = Instant.parse("2026-11-22T10:11:12.345Z");
		Uuid7 ids = new Uuid7(Clock.fixed(now, ZoneOffset.UTC));
		UUID id = ids.next();
		assertThat(id.version()).isEqualTo(7);
		assertThat(id.variant()).isEqualTo(2);
		assertThat(Uuid7.instantOf(id)).isEqualTo(now);
		assertThat(ids.next()).isNotEqualTo(id);
		assertThatIllegalArgumentException().isThrownBy(() -> Uuid7.instantOf(UUID.randomUUID()));
	}

	@Test
	void countsInputAndOutputOverTheirBuckets() {
		TokenUsage usage = TokenUsage
			.of(Map.of(UsageBucket.INPUT, 1L, UsageBucket.CACHE_READ, 2L, UsageBucket.CACHE_WRITE_5M, 4L,
					UsageBucket.CACHE_WRITE_1H, 8L, UsageBucket.AUDIO_INPUT, 16L, UsageBucket.IMAGE_INPUT, 32L))
			.with(UsageBucket.OUTPUT, 64)
			.with(UsageBucket.REASONING, 128)
			.with(UsageBucket.AUDIO_OUTPUT, 256)
			.with(UsageBucket.IMAGE_OUTPUT, 512)
			.with(UsageBucket.REQUEST, 1024);
		assertThat(usage.inputTokens()).isEqualTo(63);
		assertThat(usage.outputTokens()).isEqualTo(960);
		assertThat(usage.nonZero()).hasSize(11);
		assertThat(TokenUsage.of(usage.nonZero())).isEqualTo(usage).hasSameHashCodeAs(usage);
	}

	@Test
	void countsNothingButTokensAsInputOrOutput() {
		TokenUsage usage = TokenUsage.NONE;
		for (UsageBucket bucket : UsageBucket.values()) {
			TokenUsage one = TokenUsage.NONE.with(bucket, 7);
			assertThat(one.inputTokens() + one.outputTokens()).as("%s", bucket)
				.isEqualTo(bucket.measure().isTokens() ? 7 : 0);
			usage = usage.with(bucket, 1);
		}
		assertThat(usage.inputTokens()).isEqualTo(9);
		assertThat(usage.outputTokens()).isEqualTo(5);
		assertThat(usage.nonZero()).hasSize(UsageBucket.values().length);
	}

	@Test
	void refusesACountThatNoAnswerCanHave() {
		TokenUsage most = TokenUsage.NONE.with(UsageBucket.INPUT, TokenUsage.COUNT_MAX);
		assertThat(most.inputTokens()).isEqualTo(TokenUsage.COUNT_MAX);
		assertThatIllegalArgumentException()
			.isThrownBy(() -> TokenUsage.NONE.with(UsageBucket.INPUT, TokenUsage.COUNT_MAX + 1));
		assertThatIllegalArgumentException().isThrownBy(() -> TokenUsage.of(Map.of(UsageBucket.OUTPUT, -1L)));
	}

	@Test
	void throwsEveryProblemTogether() {
		ValidationProblem.Collector problems = new ValidationProblem.Collector();
		problems.throwIfAny();
		problems.require(true, "fine", "a", "unused")
			.require(false, "too_long", "b", "must be shorter")
			.add("missing", "c.d", "is required");
		assertThatExceptionOfType(ValidationProblem.class).isThrownBy(problems::throwIfAny)
			.withMessage("b: must be shorter; c.d: is required")
			.satisfies((problem) -> assertThat(problem.problems()).extracting(ValidationProblem.FieldProblem::code)
				.isEqualTo(List.of("too_long", "missing")));
		assertThatIllegalArgumentException().isThrownBy(() -> new ValidationProblem(List.of()));
	}

	@Test
	void namesWhatIsNotFound() {
		NotFoundProblem problem = new NotFoundProblem("price_card", "x");
		assertThat(problem).hasMessage("There is no price card \"x\".");
		assertThat(problem.code()).isEqualTo("price_card_not_found");
	}

}
