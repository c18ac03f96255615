/**
 * Tests of the admin API on the real platform.
 */
package io.exchequer.admin;
