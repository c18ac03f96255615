package io.exchequer.security;

import java.util.EnumMap;
import java.util.EnumSet;
import java.util.Map;
import java.util.Set;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

import static io.exchequer.security.Permission.APPLY;
import static io.exchequer.security.Permission.EXPORT;
import static io.exchequer.security.Permission.MANAGE_TENANTS;
import static io.exchequer.security.Permission.READ_ACCESS;
import static io.exchequer.security.Permission.READ_AUDIT;
import static io.exchequer.security.Permission.READ_BUDGETS;
import static io.exchequer.security.Permission.READ_CATALOG;
import static io.exchequer.security.Permission.READ_COSTS;
import static io.exchequer.security.Permission.READ_KEYS;
import static io.exchequer.security.Permission.READ_METRICS;
import static io.exchequer.security.Permission.READ_POLICIES;
import static io.exchequer.security.Permission.READ_PRICE_IMPORTS;
import static io.exchequer.security.Permission.READ_PROVIDERS;
import static io.exchequer.security.Permission.READ_STRUCTURE;
import static io.exchequer.security.Permission.READ_TENANTS;
import static io.exchequer.security.Permission.USE_PORTAL;
import static io.exchequer.security.Permission.WRITE_ACCESS;
import static io.exchequer.security.Permission.WRITE_BUDGETS;
import static io.exchequer.security.Permission.WRITE_KEYS;
import static io.exchequer.security.Permission.WRITE_POLICIES;
import static io.exchequer.security.Permission.WRITE_PROJECTS;
import static io.exchequer.security.Permission.WRITE_REGISTRY;
import static io.exchequer.security.Permission.WRITE_TEAMS;
import static io.exchequer.security.Permission.WRITE_TENANT;
import static org.assertj.core.api.Assertions.assertThat;

/** The whole matrix, written a second time by role. */
class PermissionTests {

	private static final Set<Permission> READER = EnumSet.of(READ_CATALOG, READ_TENANTS, READ_STRUCTURE, READ_KEYS,
			READ_BUDGETS, READ_POLICIES);

	private static final Set<Permission> LEAD = with(READER, USE_PORTAL, WRITE_PROJECTS, WRITE_KEYS, READ_COSTS);

	private static final Set<Permission> AUDITOR = with(READER, READ_ACCESS, READ_COSTS, READ_AUDIT, EXPORT);

	private static final Map<Role, Set<Permission>> EXPECTED = new EnumMap<>(
			Map.of(Role.PLATFORM_ADMIN, EnumSet.complementOf(EnumSet.of(USE_PORTAL)), Role.PLATFORM_AUDITOR,
					with(AUDITOR, READ_PROVIDERS, READ_PRICE_IMPORTS, READ_METRICS), Role.TENANT_ADMIN,
					with(AUDITOR, USE_PORTAL, WRITE_TENANT, WRITE_TEAMS, WRITE_PROJECTS, WRITE_KEYS, WRITE_ACCESS,
							WRITE_BUDGETS, WRITE_POLICIES),
					Role.AUDITOR, AUDITOR, Role.TEAM_LEAD, LEAD, Role.MEMBER, with(READER, USE_PORTAL)));

	private static Set<Permission> with(Set<Permission> base, Permission... more) {
		Set<Permission> result = EnumSet.copyOf(base);
		result.addAll(Set.of(more));
		return result;
	}

	@ParameterizedTest
	@EnumSource(Role.class)
	void allowsEachRoleExactlyWhatIsItsOwn(Role role) {
		for (Permission permission : Permission.values()) {
			assertThat(permission.allows(role)).as(role + " " + permission)
				.isEqualTo(EXPECTED.get(role).contains(permission));
		}
	}

	@Test
	void letsNobodyButThePlatformsAdministratorReachBeyondATenant() {
		for (Permission permission : EnumSet.of(WRITE_REGISTRY, MANAGE_TENANTS, APPLY)) {
			for (Role role : Role.values()) {
				assertThat(permission.allows(role)).as(role + " " + permission).isEqualTo(role == Role.PLATFORM_ADMIN);
			}
		}
	}

	@Test
	void letsAuditorsAndMembersChangeNothing() {
		for (Permission permission : Permission.values()) {
			boolean changes = permission.name().startsWith("WRITE_") || permission == MANAGE_TENANTS
					|| permission == APPLY;
			for (Role role : EnumSet.of(Role.AUDITOR, Role.PLATFORM_AUDITOR, Role.MEMBER)) {
				assertThat(changes && permission.allows(role)).as(role + " " + permission).isFalse();
			}
		}
	}

}
