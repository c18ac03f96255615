/**
 * Tests of tenants, teams, projects and virtual keys.
 */
package io.exchequer.tenancy;
