package io.exchequer.routing.policy;

import java.io.Serializable;
import java.util.UUID;

import jakarta.persistence.Embeddable;

/**
 * The primary key of a tenant's row.
 *
 * @param tenantId the tenant
 * @param id a UUIDv7
 */
@Embeddable
record TenantOwnedId(UUID tenantId, UUID id) implements Serializable {
}
