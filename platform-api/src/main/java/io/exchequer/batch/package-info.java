/**
 * Files that clients keep here, and batches of requests in them: the platform's own queue
 * in PostgreSQL runs each line as an online request would be. The gateway speaks HTTP for
 * it.
 */
@NullMarked
@ApplicationModule
package io.exchequer.batch;

import org.jspecify.annotations.NullMarked;
import org.springframework.modulith.ApplicationModule;
