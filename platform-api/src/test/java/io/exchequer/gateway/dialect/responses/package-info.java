@NullMarked
package io.exchequer.gateway.dialect.responses;

import org.jspecify.annotations.NullMarked;
