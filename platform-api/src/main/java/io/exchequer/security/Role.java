package io.exchequer.security;

import java.util.Arrays;
import java.util.Optional;

/** What someone is, on the whole platform, in a tenant, or in a team. */
public enum Role {

	/** Everything, everywhere. */
	PLATFORM_ADMIN("platform-admin", Reach.PLATFORM),
	/** Reads everything, everywhere. */
	PLATFORM_AUDITOR("platform-auditor", Reach.PLATFORM),
	/** Everything within a tenant. */
	TENANT_ADMIN("tenant-admin", Reach.TENANT),
	/** Projects, keys and costs of one team. */
	TEAM_LEAD("team-lead", Reach.TEAM),
	/** Reads what its team works with. */
	MEMBER("member", Reach.TEAM),
	/** Reads everything within a tenant. */
	AUDITOR("auditor", Reach.TENANT);

	private final String text;

	private final Reach reach;

	Role(String text, Reach reach) {
		this.text = text;
		this.reach = reach;
	}

	/** Returns the role as it is written in the API and the database. */
	public String text() {
		return this.text;
	}

	/** Returns over what the role extends. */
	public Reach reach() {
		return this.reach;
	}

	/** Returns the role that is written so. */
	public static Optional<Role> of(String text) {
		return Arrays.stream(values()).filter((role) -> role.text.equals(text)).findFirst();
	}

	/** Over what a role extends. */
	public enum Reach {

		PLATFORM, TENANT, TEAM

	}

}
