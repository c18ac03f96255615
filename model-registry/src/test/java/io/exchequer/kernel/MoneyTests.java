package io.exchequer.kernel;

import java.math.BigDecimal;
import java.math.RoundingMode;
import java.util.Currency;

import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

class MoneyTests {

	private static final Currency USD = Currency.getInstance("USD");

	private static final Currency EUR = Currency.getInstance("EUR");

	@Test
	void convertsUnitsToNanosWithTheRoundingAskedFor() {
		assertThat(Money.of(new BigDecimal("0.0000000005"), USD, RoundingMode.HALF_UP).nanos()).isEqualTo(1);
		assertThat(Money.of(new BigDecimal("0.0000000001"), USD, RoundingMode.CEILING).nanos()).isEqualTo(1);
		assertThat(Money.of(new BigDecimal("12.5"), USD, RoundingMode.UNNECESSARY).nanos()).isEqualTo(12_500_000_000L);
		assertThatExceptionOfType(ArithmeticException.class)
			.isThrownBy(() -> Money.of(new BigDecimal("0.0000000001"), USD, RoundingMode.UNNECESSARY));
	}

	@Test
	void refusesToOverflow() {
		Money most = new Money(Long.MAX_VALUE, USD);
		assertThat(most.plus(Money.zero(USD))).isEqualTo(most);
		assertThatExceptionOfType(ArithmeticException.class).isThrownBy(() -> most.plus(new Money(1, USD)));
		assertThatExceptionOfType(ArithmeticException.class).isThrownBy(() -> new Money(Long.MIN_VALUE, USD).negated());
		assertThatExceptionOfType(ArithmeticException.class)
			.isThrownBy(() -> Money.of(new BigDecimal("9223372036.854775808"), USD, RoundingMode.UNNECESSARY));
	}

	@Test
	void refusesToAddAnotherCurrency() {
		assertThatIllegalArgumentException().isThrownBy(() -> Money.zero(USD).plus(Money.zero(EUR)));
	}

	@Test
	void writesItselfWithoutExponentOrTrailingZeros() {
		assertThat(new Money(150, USD).toPlainString()).isEqualTo("0.00000015");
		assertThat(new Money(12_500_000_000L, USD).toPlainString()).isEqualTo("12.5");
		assertThat(new Money(100_000_000_000L, USD).toPlainString()).isEqualTo("100");
		assertThat(new Money(-1, USD).toPlainString()).isEqualTo("-0.000000001");
		assertThat(Money.zero(USD).toPlainString()).isEqualTo("0");
	}

}
