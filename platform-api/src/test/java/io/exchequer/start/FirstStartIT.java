package io.exchequer.start;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.List;
import java.util.Map;
import java.util.UUID;

import io.exchequer.ExchequerApplication;
import io.exchequer.registry.crypto.MasterKeys;
import io.exchequer.security.Actor;
import io.exchequer.security.AdminTokens;
import io.exchequer.security.Audit;
import io.exchequer.security.CurrentActor;
import io.exchequer.testing.TestDatabase;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.jdbc.core.simple.JdbcClient;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/** What each start does again, and what it leaves alone. */
class FirstStartIT {

	private static final String ADMIN = "the-administrators-token-of-the-settings";

	private static final String OLD = MasterKeys.generateEntry("old");

	private static final String NEW = MasterKeys.generateEntry("new");

	private final TestDatabase database = TestDatabase.empty();

	private final JdbcClient owner = JdbcClient.create(this.database.owner());

	private ConfigurableApplicationContext platform = start(OLD);

	private ConfigurableApplicationContext start(String masterKeys) {
		return new SpringApplicationBuilder(ExchequerApplication.class).run("--server.port=0",
				"--spring.datasource.url=" + this.database.jdbcUrl(),
				"--spring.datasource.username=" + this.database.username(),
				"--spring.datasource.password=" + this.database.password(), "--exchequer.master-keys=" + masterKeys,
				"--exchequer.admin-key=" + ADMIN, "--exchequer.demo=false");
	}

	@AfterEach
	void stop() {
		this.platform.close();
		this.database.close();
	}

	private void restart(String masterKeys) {
		this.platform.close();
		this.platform = start(masterKeys);
	}

	@ParameterizedTest
	@ValueSource(strings = { "role = 'platform-auditor'", "expires_at = created_at + interval '1 year'" })
	void takesOverNoTokenThatIsNoLastingAdministrators(String change) {
		this.platform.close();
		this.owner.sql("UPDATE admin_token SET secret_hash = decode(repeat('00', 32), 'hex'), " + change).update();
		List<Map<String, Object>> before = this.owner.sql("SELECT * FROM admin_token").query().listOfRows();
		assertThatExceptionOfType(StartException.class).isThrownBy(() -> start(OLD))
			.withMessageContaining("EXCHEQUER_ADMIN_KEY cannot become the administrator's token")
			.withMessageContaining("There is a token \"administrator\" already, of the role platform-");
		assertThat(this.owner.sql("SELECT * FROM admin_token").query().listOfRows()).usingRecursiveComparison()
			.isEqualTo(before);
	}

	private int answer() throws IOException, InterruptedException {
		URI uri = URI.create("http://localhost:" + this.platform.getEnvironment().getProperty("local.server.port")
				+ "/admin/v1/tenants");
		return HttpClient.newHttpClient()
			.send(HttpRequest.newBuilder(uri).header("Authorization", "Bearer " + ADMIN).build(),
					HttpResponse.BodyHandlers.discarding())
			.statusCode();
	}

	private List<UUID> tokens() {
		return this.owner.sql("SELECT id FROM admin_token").query(UUID.class).list();
	}

	@Test
	void neverBringsARevokedTokenBack() throws Exception {
		assertThat(this.owner.sql("SELECT action || ' ' || actor_kind FROM audit_event WHERE resource = 'admin_token'")
			.query(String.class)
			.list()).containsExactly("create PLATFORM");
		assertThat(answer()).isEqualTo(200);
		restart(OLD);
		assertThat(answer()).isEqualTo(200);
		UUID token = tokens().getFirst();
		this.platform.getBean(CurrentActor.class)
			.runAs(Actor.PLATFORM,
					() -> this.platform.getBean(AdminTokens.class).revoke(List.of(Audit.PLATFORM), token));
		assertThat(answer()).isEqualTo(401);
		restart(OLD);
		assertThat(answer()).isEqualTo(401);
		assertThat(tokens()).containsExactly(token);
		// Nor is it forgotten with the master key it was kept under.
		restart(NEW + "," + OLD);
		restart(NEW);
		assertThat(answer()).isEqualTo(401);
		assertThat(tokens()).containsExactly(token);
		// As earlier versions left it after such a start.
		this.owner
			.sql("""
					INSERT INTO admin_token (tenant_id, id, name, role, secret_hash, hash_key_id, prefix, created_at,
						created_by)
					SELECT tenant_id, gen_random_uuid(), name, role, secret_hash, hash_key_id, prefix, created_at, created_by
					FROM admin_token""")
			.update();
		assertThat(answer()).isEqualTo(401);
	}

}
