@NullMarked
package io.exchequer.discovery;

import org.jspecify.annotations.NullMarked;
