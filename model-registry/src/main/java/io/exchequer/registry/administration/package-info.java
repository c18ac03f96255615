/**
 * Changing the registry: entities, rules and the service behind
 * {@link io.exchequer.registry.RegistryAdministration}.
 */
@NullMarked
package io.exchequer.registry.administration;

import org.jspecify.annotations.NullMarked;
