package io.exchequer.tenancy;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;

import io.exchequer.kernel.ConflictProblem;
import io.exchequer.kernel.KeyId;
import io.exchequer.kernel.NotFoundProblem;
import io.exchequer.kernel.ProjectId;
import io.exchequer.kernel.TeamId;
import io.exchequer.kernel.TenantId;
import io.exchequer.kernel.ValidationProblem;
import io.exchequer.registry.crypto.MasterKeys;
import io.exchequer.tenancy.IdentitySnapshot.Authentication;
import io.exchequer.tenancy.IdentitySnapshot.Portal;
import io.exchequer.testing.DataRules;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

class TenancyIT {

	private static final UUID FIRST = new UUID(0, 0);

	private static final Instant START = Instant.parse("2026-03-01T12:00:00Z");

	private static TenancyFixture fixture;

	private static int counter;

	private TenantId tenant;

	private ProjectId project;

	@BeforeAll
	static void start() {
		fixture = new TenancyFixture();
	}

	@AfterAll
	static void stop() {
		fixture.close();
	}

	@BeforeEach
	void createTenant() {
		fixture.visible.set(TenantVisibility.EVERY_TENANT);
		fixture.now.set(START);
		this.tenant = newTenant();
		this.project = newProject(this.tenant);
	}

	private static TenantId newTenant() {
		return fixture.tenancy().createTenant(new TenantDraft("tenant-" + ++counter, "A tenant", false)).id();
	}

	private static ProjectId newProject(TenantId tenant) {
		Team team = fixture.tenancy().createTeam(tenant, new TeamDraft("team", "A team", "cc-team", List.of("t", "a")));
		return fixture.tenancy()
			.createProject(tenant, new ProjectDraft("project", team.id(), "A project", null, List.of("b", "a")))
			.id();
	}

	private KeyDraft draft(String name) {
		return new KeyDraft(name, this.project, List.of("*"), List.of("chat"), 60, null, List.of("c", "a"), null,
				false);
	}

	private IssuedKey newKey(String name) {
		return fixture.keys().createKey(this.tenant, draft(name), null, "a test");
	}

	private static Authentication authenticate(String secret) {
		return fixture.snapshot().authenticate(secret, fixture.now.get());
	}

	@Test
	void acceptsAKeyWithWhatItInherits() {
		IssuedKey issued = newKey("key");
		assertThat(issued.secret()).startsWith("exq_").hasSizeGreaterThanOrEqualTo(36);
		assertThat(authenticate(issued.secret())).isEqualTo(new Authentication.Accepted(
				new KeyIdentity(this.tenant, fixture.tenancy().project(Set.of(this.tenant), this.project).get().team(),
						this.project, issued.key().id(), "key", "cc-team", List.of("a", "b", "c", "t"), Set.of("*"),
						Set.of("chat"), 60, null, false)));
	}

	@Test
	void knowsNoOtherSecret() {
		String secret = newKey("key").secret();
		IdentitySnapshot snapshot = fixture.snapshot();
		for (String wrong : List.of("", "exq_", secret + "x", secret.substring(1), "\0\uffff", "x".repeat(100_000))) {
			assertThat(snapshot.authenticate(wrong, START)).isInstanceOf(Authentication.Unknown.class);
		}
	}

	@Test
	void storesNoSecretAndShowsOnlyItsFirstCharacters() throws SQLException {
		IssuedKey issued = newKey("key");
		assertThat(issued.key().secrets()).singleElement()
			.extracting(VirtualKey.Secret::prefix)
			.isEqualTo(issued.secret().substring(0, 8));
		assertThat(issued.toString()).doesNotContain(issued.secret());
		assertThat(rows("SELECT s::text FROM virtual_key_secret s")).noneMatch((row) -> row.contains(issued.secret()));
	}

	@Test
	void acceptsBothSecretsDuringTheOverlapOfARotationAndThenOnlyTheNewOne() {
		IssuedKey first = newKey("key");
		IssuedKey second = fixture.keys().rotateKey(this.tenant, first.key().id(), Duration.ofHours(1));
		assertThat(second.key().id()).isEqualTo(first.key().id());
		fixture.now.set(START.plus(Duration.ofHours(1)).minusMillis(1));
		assertThat(authenticate(first.secret())).isInstanceOf(Authentication.Accepted.class);
		assertThat(authenticate(second.secret())).isInstanceOf(Authentication.Accepted.class);
		fixture.now.set(START.plus(Duration.ofHours(1)));
		assertThat(authenticate(first.secret())).isInstanceOf(Authentication.Expired.class);
		assertThat(authenticate(second.secret())).isInstanceOf(Authentication.Accepted.class);
	}

	@Test
	void refusesARevokedKeyAndNeverRevivesIt() {
		IssuedKey issued = newKey("key");
		KeyId id = issued.key().id();
		fixture.keys().revokeKey(this.tenant, id);
		assertThat(authenticate(issued.secret())).isInstanceOf(Authentication.Revoked.class);
		assertThatExceptionOfType(ConflictProblem.class)
			.isThrownBy(() -> fixture.keys().rotateKey(this.tenant, id, Duration.ZERO));
		assertThatExceptionOfType(ConflictProblem.class)
			.isThrownBy(() -> fixture.keys().createKey(this.tenant, draft("another"), issued.secret(), "a test"));
	}

	private KeyDraft portal(String name, Instant expiresAt) {
		return new KeyDraft(name, this.project, List.of("*"), List.of("chat"), null, null, List.of(), expiresAt, true);
	}

	private List<Portal> portals() {
		return fixture.snapshot().portals(this.tenant, fixture.now.get());
	}

	@Test
	void tellsAProjectsPortalKeyWhileItMayBeUsed() {
		newKey("key");
		assertThat(portals()).isEmpty();
		KeyId id = fixture.keys()
			.createKey(this.tenant, portal("portal", START.plusSeconds(10)), null, "a test")
			.key()
			.id();
		assertThat(portals()).singleElement().satisfies((found) -> {
			assertThat(found.project()).isEqualTo("project");
			assertThat(found.identity().key()).isEqualTo(id);
		});
		assertThat(fixture.snapshot().portals(newTenant(), START)).isEmpty();
		fixture.now.set(START.plusSeconds(10));
		assertThat(portals()).isEmpty();
		fixture.now.set(START);
		fixture.keys().revokeKey(this.tenant, id);
		assertThat(portals()).isEmpty();
	}

	@Test
	void letsAProjectHaveOnePortalKey() {
		KeyId first = fixture.keys().createKey(this.tenant, portal("first", null), null, "a test").key().id();
		KeyId second = newKey("second").key().id();
		assertThatExceptionOfType(ConflictProblem.class)
			.isThrownBy(() -> fixture.keys().createKey(this.tenant, portal("third", null), null, "a test"))
			.satisfies((problem) -> assertThat(problem.code()).isEqualTo("portal_key_taken"));
		assertThatExceptionOfType(ConflictProblem.class)
			.isThrownBy(() -> fixture.keys().updateKey(this.tenant, second, portal("second", null)));
		assertThat(fixture.keys().updateKey(this.tenant, first, portal("renamed", null)).portal()).isTrue();
		fixture.keys().updateKey(this.tenant, first, draft("renamed"));
		fixture.keys().updateKey(this.tenant, second, portal("second", null));
		assertThat(portals()).singleElement().extracting((found) -> found.identity().key()).isEqualTo(second);
	}

	@Test
	void refusesAKeyFromTheInstantItExpires() {
		IssuedKey issued = newKey("key");
		KeyDraft expiring = new KeyDraft("key", this.project, List.of(), List.of(), null, null, List.of(),
				START.plusSeconds(10), false);
		fixture.keys().updateKey(this.tenant, issued.key().id(), expiring);
		fixture.now.set(START.plusSeconds(10).minusMillis(1));
		assertThat(authenticate(issued.secret())).isInstanceOf(Authentication.Accepted.class);
		fixture.now.set(START.plusSeconds(10));
		assertThat(authenticate(issued.secret())).isInstanceOf(Authentication.Expired.class);
	}

	@Test
	void refusesTheKeysOfAnArchivedTenant() {
		IssuedKey issued = newKey("key");
		fixture.tenancy().archiveTenant(this.tenant);
		assertThat(authenticate(issued.secret())).isInstanceOf(Authentication.Revoked.class);
	}

	@Test
	void acceptsAGivenSecretAndLeavesItAloneWhereItIsGivenAgain() throws SQLException {
		String given = "an-operators-own-secret-" + counter;
		IssuedKey issued = fixture.keys().createKey(this.tenant, draft("key"), given, "a test");
		assertThat(issued.key().secrets().getFirst().prefix()).isEqualTo("an-o");
		assertThat(authenticate(given)).isInstanceOf(Authentication.Accepted.class);
		List<String> version = rows("SELECT version::text FROM configuration_version");
		assertThat(fixture.keys().giveSecret(this.tenant, issued.key().id(), given)).isFalse();
		assertThat(rows("SELECT version::text FROM configuration_version")).isEqualTo(version);
		assertThat(fixture.keys().giveSecret(this.tenant, issued.key().id(), given + "!")).isTrue();
		assertThat(authenticate(given)).isInstanceOf(Authentication.Expired.class);
		assertThat(authenticate(given + "!")).isInstanceOf(Authentication.Accepted.class);
	}

	@Test
	void refusesAGivenSecretThatIsShortOrCannotBeSent() {
		for (String bad : List.of("fifteen-letters", "a secret with blanks", "ein-Schlüssel-mit-Umlaut",
				"x".repeat(257))) {
			assertThatExceptionOfType(ValidationProblem.class)
				.isThrownBy(() -> fixture.keys().createKey(this.tenant, draft("key"), bad, "a test"))
				.satisfies((problem) -> assertThat(problem.getMessage()).doesNotContain(bad));
		}
	}

	@Test
	void goesOnAcceptingKeysWhileTheirMasterKeyIsConfigured() {
		String secret = newKey("key").secret();
		String fresh = MasterKeys.generateEntry("fresh");
		assertThat(fixture.snapshot(fresh).authenticate(secret, START)).isInstanceOf(Authentication.Unknown.class);
		assertThat(fixture.snapshot(fresh + "," + TenancyFixture.OLD_MASTER_KEY).authenticate(secret, START))
			.isInstanceOf(Authentication.Accepted.class);
	}

	@Test
	void keepsASecretUnderTheCurrentMasterKeyFromItsFirstUseOn() throws SQLException {
		String secret = newKey("key").secret();
		String unused = newKey("unused").secret();
		String fresh = MasterKeys.generateEntry("used");
		String both = fresh + "," + TenancyFixture.OLD_MASTER_KEY;
		IdentitySnapshot rotating = fixture.snapshot(both);
		long version = version();
		rotating.authenticate(secret, START);
		rotating.authenticate(secret, START);
		assertThat(version()).isEqualTo(version + 1);
		assertThat(fixture.snapshot(fresh).authenticate(secret, START)).isInstanceOf(Authentication.Accepted.class);
		assertThat(fixture.snapshot(fresh).authenticate(unused, START)).isInstanceOf(Authentication.Unknown.class);
		fixture.snapshot(both).authenticate(secret, START);
		assertThat(version()).isEqualTo(version + 1);
		assertThat(fixture.keys().secretsByMasterKey()).containsEntry("used", 1L).containsKey("old");
	}

	@Test
	void doesNotMoveASecretToAndFroBetweenReplicasThatDisagree() throws SQLException {
		String secret = newKey("key").secret();
		String fresh = MasterKeys.generateEntry("disputed");
		fixture.snapshot(fresh + "," + TenancyFixture.OLD_MASTER_KEY).authenticate(secret, START);
		long version = version();
		String behind = TenancyFixture.OLD_MASTER_KEY + "," + fresh;
		assertThat(fixture.snapshot(behind).authenticate(secret, START)).isInstanceOf(Authentication.Accepted.class);
		assertThat(version()).isEqualTo(version);
		fixture.now.set(START.plus(SecretsAnew.PAUSE));
		fixture.snapshot(behind).authenticate(secret, START);
		assertThat(version()).isEqualTo(version + 1);
	}

	@Test
	void leavesSecretsThatAreNotAcceptedWhereTheyAre() throws SQLException {
		IssuedKey issued = newKey("key");
		fixture.keys().revokeKey(this.tenant, issued.key().id());
		long version = version();
		assertThat(fixture.snapshot(MasterKeys.generateEntry("late") + "," + TenancyFixture.OLD_MASTER_KEY)
			.authenticate(issued.secret(), START)).isInstanceOf(Authentication.Revoked.class);
		assertThat(version()).isEqualTo(version);
		assertThat(fixture.keys().secretsByMasterKey()).doesNotContainKey("late");
	}

	private static long version() throws SQLException {
		return Long.parseLong(rows("SELECT version::text FROM configuration_version").getFirst());
	}

	@Test
	void changesNothingWhereADraftSaysWhatIsThere() throws SQLException {
		IssuedKey issued = newKey("key");
		List<String> version = rows("SELECT version::text FROM configuration_version");
		VirtualKey updated = fixture.keys().updateKey(this.tenant, issued.key().id(), draft("key"));
		assertThat(updated).isEqualTo(issued.key());
		assertThat(rows("SELECT version::text FROM configuration_version")).isEqualTo(version);
	}

	@Test
	void archivesOnlyWhatIsNotInUse() {
		IssuedKey issued = newKey("key");
		TenancyAdministration tenancy = fixture.tenancy();
		Team team = tenancy.teamNamed(this.tenant, "team").orElseThrow();
		assertThatExceptionOfType(ConflictProblem.class).isThrownBy(() -> tenancy.archiveTeam(this.tenant, team.id()));
		assertThatExceptionOfType(ConflictProblem.class)
			.isThrownBy(() -> tenancy.archiveProject(this.tenant, this.project));
		fixture.keys().revokeKey(this.tenant, issued.key().id());
		tenancy.archiveProject(this.tenant, this.project);
		tenancy.archiveTeam(this.tenant, team.id());
		assertThat(tenancy.teamNamed(this.tenant, "team")).isEmpty();
		assertThat(newProject(this.tenant)).isNotEqualTo(this.project);
	}

	@Test
	void namesEverythingThatIsWrongAtOnce() {
		KeyDraft bad = new KeyDraft("Not A Name", this.project, List.of(" "), List.of(), 0, -1, List.of("no spaces"),
				START, false);
		assertThatExceptionOfType(ValidationProblem.class)
			.isThrownBy(() -> fixture.keys().createKey(this.tenant, bad, null, "a test"))
			.satisfies((problem) -> assertThat(problem.problems()).extracting(ValidationProblem.FieldProblem::field)
				.containsExactly("name", "tags[0]", "allowedNames[0]", "requestsPerMinute", "tokensPerMinute",
						"expiresAt"));
	}

	@Test
	void keepsTenantsApart() {
		IssuedKey issued = newKey("key");
		TenantId other = newTenant();
		fixture.speakFor(other);
		assertThat(fixture.tenancy().tenantIds()).containsExactly(other);
		assertThat(fixture.tenancy().teams(Set.of(this.tenant, other), FIRST, 10)).isEmpty();
		assertThat(fixture.keys().key(Set.of(this.tenant), issued.key().id())).isEmpty();
		assertThatExceptionOfType(NotFoundProblem.class)
			.isThrownBy(() -> fixture.keys().revokeKey(this.tenant, issued.key().id()));
		fixture.visible.set(TenantVisibility.EVERY_TENANT);
		assertThatExceptionOfType(NotFoundProblem.class)
			.isThrownBy(() -> fixture.keys().revokeKey(other, issued.key().id()));
		assertThat(fixture.keys().keys(Set.of(other), FIRST, 10)).isEmpty();
	}

	@Test
	void showsNothingToATransactionThatSpeaksForNobody() {
		fixture.visible.set(TenantVisibility.NO_TENANT);
		assertThat(fixture.tenancy().tenantIds()).isEmpty();
		assertThat(fixture.tenancy().tenant(this.tenant)).isEmpty();
	}

	@Test
	void keepsTheDataRules() {
		DataRules.assertTenantLeads(fixture.owner());
		DataRules.assertTenantProtected(fixture.owner());
	}

	private static List<String> rows(String sql) throws SQLException {
		try (Connection connection = fixture.owner().getConnection();
				Statement statement = connection.createStatement();
				ResultSet rows = statement.executeQuery(sql)) {
			List<String> result = new ArrayList<>();
			while (rows.next()) {
				result.add(rows.getString(1));
			}
			return result;
		}
	}

	@Test
	void archivesNoTeamWhileAProjectIsMadeInIt() {
		TeamId team = fixture.tenancy().createTeam(this.tenant, new TeamDraft("busy", "Busy", null, List.of())).id();
		assertLoses(
				() -> fixture.tenancy()
					.createProject(this.tenant, new ProjectDraft("late", team, "Late", null, List.of())),
				() -> fixture.tenancy().archiveTeam(this.tenant, team), "team_in_use");
	}

	@Test
	void archivesNoProjectWhileAKeyIsMadeInIt() {
		assertLoses(() -> newKey("late"), () -> fixture.tenancy().archiveProject(this.tenant, this.project),
				"project_in_use");
	}

	@Test
	void makesNothingInATenantThatIsBeingArchived() {
		assertLoses(() -> fixture.tenancy().archiveTenant(this.tenant),
				() -> fixture.tenancy().createTeam(this.tenant, new TeamDraft("late", "Late", null, List.of())),
				"archived");
		assertThatExceptionOfType(ConflictProblem.class).isThrownBy(() -> newKey("later"))
			.extracting(ConflictProblem::code)
			.isEqualTo("archived");
	}

	/**
	 * Has the second begin before the first is committed: it waits, and then sees what
	 * the first did.
	 */
	private static void assertLoses(Runnable first, Runnable second, String code) {
		CompletableFuture<Void> loser = fixture.transaction().execute((status) -> {
			first.run();
			CompletableFuture<Void> running = CompletableFuture
				.runAsync(() -> fixture.transaction().executeWithoutResult((other) -> second.run()));
			Awaitility.await().until(() -> running.isDone() || waits());
			return running;
		});
		assertThatExceptionOfType(CompletionException.class).isThrownBy(loser::join)
			.havingCause()
			.isInstanceOfSatisfying(ConflictProblem.class, (problem) -> assertThat(problem.code()).isEqualTo(code));
	}

	private static boolean waits() throws SQLException {
		return rows("""
				SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'""")
			.size() == 1;
	}

	@Test
	void refusesTagsThatSayWhichUserAsked() {
		List<String> tags = List.of("red", "user:42");
		List<ThrowingCallable> attempts = List.of(
				() -> fixture.tenancy().createTeam(this.tenant, new TeamDraft("tagged", "A team", null, tags)),
				() -> fixture.tenancy()
					.createProject(this.tenant,
							new ProjectDraft("tagged",
									fixture.tenancy().project(Set.of(this.tenant), this.project).get().team(),
									"A project", null, tags)),
				() -> fixture.keys()
					.createKey(this.tenant,
							new KeyDraft("tagged", this.project, List.of(), List.of(), null, null, tags, null, false),
							null, "a test"));
		for (ThrowingCallable attempt : attempts) {
			assertThatExceptionOfType(ValidationProblem.class).isThrownBy(attempt)
				.satisfies((problem) -> assertThat(problem.problems()).singleElement().satisfies((one) -> {
					assertThat(one.code()).isEqualTo("reserved_tag");
					assertThat(one.field()).isEqualTo("tags[1]");
				}));
		}
	}

	/** Stored by a release that did not reserve them. */
	@Test
	void forgetsStoredTagsThatSayWhichUserAsked() throws SQLException {
		IssuedKey issued = newKey("key");
		for (String table : List.of("team", "project", "virtual_key")) {
			rows("UPDATE " + table + " SET tags = tags || '{user:42}' WHERE tenant_id = '" + this.tenant
					+ "' RETURNING 1");
		}
		Set<TenantId> own = Set.of(this.tenant);
		Project stored = fixture.tenancy().project(own, this.project).get();
		assertThat(stored.tags()).containsExactly("a", "b");
		assertThat(fixture.tenancy().team(own, stored.team()).get().tags()).containsExactly("a", "t");
		assertThat(fixture.keys().key(own, issued.key().id()).get().tags()).containsExactly("a", "c");
		assertThat(authenticate(issued.secret())).isInstanceOfSatisfying(Authentication.Accepted.class,
				(accepted) -> assertThat(accepted.identity().tags()).containsExactly("a", "b", "c", "t"));
		// What is shown can be put again, and leaves nothing of it.
		fixture.keys().updateKey(this.tenant, issued.key().id(), draft("key"));
		assertThat(rows("SELECT tags::text FROM virtual_key WHERE tenant_id = '" + this.tenant + "'"))
			.containsExactly("{a,c}");
	}

	@Test
	void refusesNamesThatCouldBeIdentifiers() {
		String name = UUID.randomUUID().toString();
		List<ThrowingCallable> attempts = List.of(
				() -> fixture.tenancy().createTenant(new TenantDraft(name, "A tenant", false)),
				() -> fixture.tenancy().createTeam(this.tenant, new TeamDraft(name, "A team", null, List.of())),
				() -> fixture.tenancy()
					.createProject(this.tenant,
							new ProjectDraft(name,
									fixture.tenancy().project(Set.of(this.tenant), this.project).get().team(),
									"A project", null, List.of())),
				() -> newKey(name));
		for (ThrowingCallable attempt : attempts) {
			assertThatExceptionOfType(ValidationProblem.class).isThrownBy(attempt)
				.withMessageContaining("form of an identifier");
		}
	}

}
