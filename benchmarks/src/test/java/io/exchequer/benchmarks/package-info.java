@NullMarked
package io.exchequer.benchmarks;

import org.jspecify.annotations.NullMarked;
