/**
 * Tests of who may do what.
 */
package io.exchequer.security;
