package io.exchequer.tenancy;

import java.util.List;
import java.util.Set;
import java.util.TreeSet;

import io.exchequer.kernel.KeyId;
import io.exchequer.kernel.ProjectId;
import io.exchequer.kernel.TeamId;
import io.exchequer.kernel.TenantId;
import org.jspecify.annotations.Nullable;

/**
 * What the gateway knows of a virtual key.
 *
 * @param tenant its tenant
 * @param team its team
 * @param project its project
 * @param key its identifier
 * @param name the name people gave it
 * @param costCentre the project's cost centre, else the team's, else null
 * @param tags the tags of team, project and key, sorted and without duplicates
 * @param allowedNames the models, aliases and deployments it may ask for; empty allows
 * nothing, {@code *} everything
 * @param allowedTasks the tasks it may be used for; empty allows nothing, {@code *}
 * everything
 * @param requestsPerMinute at most this many requests in a calendar minute, or null
 * @param tokensPerMinute at most this many tokens in a calendar minute, or null
 * @param storesAnswers whether the tenant asked for answers to be stored
 */
public record KeyIdentity(TenantId tenant, TeamId team, ProjectId project, KeyId key, String name,
		@Nullable String costCentre, List<String> tags, Set<String> allowedNames, Set<String> allowedTasks,
		@Nullable Integer requestsPerMinute, @Nullable Integer tokensPerMinute, boolean storesAnswers) {

	/**
	 * Begins the tag that says which of the console's users asked. Only the platform
	 * gives it: a tag that begins so is refused wherever else it comes from, since a
	 * budget on it bounds a person.
	 */
	public static final String USER_TAG = "user:";

	/** Returns it with one tag more. */
	public KeyIdentity tagged(String tag) {
		TreeSet<String> all = new TreeSet<>(this.tags);
		all.add(tag);
		return new KeyIdentity(this.tenant, this.team, this.project, this.key, this.name, this.costCentre,
				List.copyOf(all), this.allowedNames, this.allowedTasks, this.requestsPerMinute, this.tokensPerMinute,
				this.storesAnswers);
	}

}
