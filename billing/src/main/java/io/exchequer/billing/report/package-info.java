/**
 * Reads of ledger and decisions; internal to billing.
 */
@NullMarked
package io.exchequer.billing.report;

import org.jspecify.annotations.NullMarked;
