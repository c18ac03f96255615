package io.exchequer.kernel;

import java.math.BigDecimal;
import java.math.RoundingMode;
import java.util.Currency;

/**
 * An exact amount in whole nano-units (10⁻⁹) of a currency. One amount is at most about
 * 9.2 thousand million units; totals that may exceed that are {@link BigDecimal}.
 *
 * @param nanos the amount in nano-units, negative for a reversal
 * @param currency the ISO 4217 currency
 */
public record Money(long nanos, Currency currency) {

	private static final int SCALE = 9;

	public static Money zero(Currency currency) {
		return new Money(0, currency);
	}

	/**
	 * Converts a decimal amount of whole units.
	 * @throws ArithmeticException if the result does not fit, or rounding is
	 * {@link RoundingMode#UNNECESSARY} and the amount is finer than a nano-unit
	 */
	public static Money of(BigDecimal units, Currency currency, RoundingMode rounding) {
		return new Money(units.movePointRight(SCALE).setScale(0, rounding).longValueExact(), currency);
	}

	/**
	 * Adds an amount of the same currency.
	 * @throws ArithmeticException on overflow
	 * @throws IllegalArgumentException if the currencies differ
	 */
	public Money plus(Money other) {
		if (!this.currency.equals(other.currency)) {
			throw new IllegalArgumentException(
					"cannot add " + other.currency + " to " + this.currency + " without a rate");
		}
		return new Money(Math.addExact(this.nanos, other.nanos), this.currency);
	}

	public Money negated() {
		return new Money(Math.negateExact(this.nanos), this.currency);
	}

	/**
	 * Returns the amount in whole units as a plain decimal string, for JSON and headers:
	 * {@code 0.00000015}, never an exponent, no trailing zeros.
	 */
	public String toPlainString() {
		return plain(BigDecimal.valueOf(this.nanos));
	}

	/**
	 * Returns a total of nano-units as a plain decimal string of whole units.
	 */
	public static String plain(BigDecimal nanos) {
		BigDecimal units = nanos.movePointLeft(SCALE);
		return (units.signum() == 0) ? "0" : units.stripTrailingZeros().toPlainString();
	}

}
