package io.exchequer.batch;

import io.exchequer.kernel.KeyId;
import io.exchequer.kernel.ProjectId;
import io.exchequer.kernel.TenantId;

/**
 * Whose a file or a batch is. Every key of the project sees it.
 *
 * @param tenant the tenant
 * @param project the project
 * @param key the key it was made with
 */
public record Owner(TenantId tenant, ProjectId project, KeyId key) {
}
