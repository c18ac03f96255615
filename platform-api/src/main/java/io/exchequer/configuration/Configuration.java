package io.exchequer.configuration;

import io.exchequer.routing.RoutingConfiguration;
import io.exchequer.tenancy.IdentitySnapshot;

/**
 * Everything a request reads, at one version.
 *
 * @param version counts every change to the configuration
 * @param routing what routing reads
 * @param identity who may ask
 */
public record Configuration(long version, RoutingConfiguration routing, IdentitySnapshot identity) {
}
