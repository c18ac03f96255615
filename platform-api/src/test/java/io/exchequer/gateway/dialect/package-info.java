@NullMarked
package io.exchequer.gateway.dialect;

import org.jspecify.annotations.NullMarked;
