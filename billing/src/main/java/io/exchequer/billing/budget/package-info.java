/**
 * Budgets, their scopes and windows; internal to billing.
 */
@NullMarked
package io.exchequer.billing.budget;

import org.jspecify.annotations.NullMarked;
