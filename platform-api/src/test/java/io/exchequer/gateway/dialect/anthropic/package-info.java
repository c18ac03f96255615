@NullMarked
package io.exchequer.gateway.dialect.anthropic;

import org.jspecify.annotations.NullMarked;
