/**
 * What the platform costs beside nginx and the bare upstream: a mock upstream, a load
 * generator, and the run that measures them.
 */
@NullMarked
package io.exchequer.benchmarks;

import org.jspecify.annotations.NullMarked;
