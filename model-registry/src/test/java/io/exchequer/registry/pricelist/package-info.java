@NullMarked
package io.exchequer.registry.pricelist;

import org.jspecify.annotations.NullMarked;
