package io.exchequer.security;

import java.io.Serializable;
import java.util.UUID;

import jakarta.persistence.Column;
import jakarta.persistence.Embeddable;

/**
 * The primary key of a tenant-owned row.
 *
 * @param tenantId the owner
 * @param id a UUIDv7
 */
@Embeddable
record TenantRowId(@Column(name = "tenant_id") UUID tenantId, @Column(name = "id") UUID id) implements Serializable {
}
