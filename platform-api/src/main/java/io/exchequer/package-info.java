/**
 * The platform's one process.
 */
@NullMarked
package io.exchequer;

import org.jspecify.annotations.NullMarked;
