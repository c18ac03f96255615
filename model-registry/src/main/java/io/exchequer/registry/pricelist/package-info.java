/**
 * Reads community price lists in LiteLLM's form.
 */
@NullMarked
package io.exchequer.registry.pricelist;

import org.jspecify.annotations.NullMarked;
