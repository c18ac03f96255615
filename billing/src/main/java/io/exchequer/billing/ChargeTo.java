package io.exchequer.billing;

import java.util.List;

import io.exchequer.kernel.KeyId;
import io.exchequer.kernel.ProjectId;
import io.exchequer.kernel.TeamId;
import io.exchequer.kernel.TenantId;
import org.jspecify.annotations.Nullable;

/**
 * Who and what a request is charged to.
 *
 * @param tenant the tenant
 * @param team the team
 * @param project the project
 * @param key the virtual key, or the portal user's stand-in for one
 * @param costCentre the reporting tag of the project or team, or null
 * @param task the task's name, such as {@code chat}
 * @param tags the tags of project, key and request, sorted and without duplicates
 * @param requestsPerMinute the key's limit on requests in a calendar minute, or null for
 * none
 * @param tokensPerMinute the key's limit on tokens in a calendar minute, or null for none
 */
public record ChargeTo(TenantId tenant, TeamId team, ProjectId project, KeyId key, @Nullable String costCentre,
		String task, List<String> tags, @Nullable Integer requestsPerMinute, @Nullable Integer tokensPerMinute) {
}
