package io.exchequer.admin;

import java.util.Map;

import io.exchequer.admin.Platform.Answer;
import io.exchequer.registry.crypto.MasterKeys;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

import static org.assertj.core.api.Assertions.assertThat;

/** From one master key to the next, as the operations manual says. */
class MasterKeyRotationIT {

	private static final String OLD = MasterKeys.generateEntry("old");

	private static final String NEW = MasterKeys.generateEntry("new");

	private static final String KEY = "the-virtual-key-of-the-rotation";

	private Platform platform = new Platform();

	private String file = "";

	@AfterEach
	void stop() {
		this.platform.close();
	}

	@Test
	void movesEverythingInUseToTheNewKeyAndLetsTheOldOneGo() {
		this.platform = this.platform.restarted(OLD);
		String token = fill();
		this.platform = this.platform.restarted(OLD + "," + NEW);
		assertThat(kept("old")).isEqualTo("1 1 2 1");
		assertThat(kept("new")).isEqualTo("0 0 0 0");

		this.platform = this.platform.restarted(NEW + "," + OLD);
		assertThat(this.platform.send("GET", "/v1/models", KEY, null).status()).isEqualTo(200);
		Awaitility.await().untilAsserted(() -> assertThat(masterKey("new").at("/virtualKeys").asInt()).isEqualTo(1));
		assertThat(this.platform.send("GET", "/admin/v1/models", token, null).status()).isEqualTo(200);
		assertThat(kept("old")).isEqualTo("1 0 0 1");
		for (int i = 0; i < 2; i++) {
			Answer moved = this.platform.admin("POST", "/admin/v1/master-keys/reencrypt", null);
			assertThat(moved.status()).as(moved.text()).isEqualTo(200);
		}
		assertThat(kept("old")).isEqualTo("0 0 0 0");
		assertThat(kept("new")).isEqualTo("1 1 2 1");
		assertThat(this.platform.get("/admin/v1/audit?resource=master_key").json().at("/items")).hasSize(1);

		this.platform = this.platform.restarted(NEW);
		assertThat(this.platform.get("/admin/v1/master-keys").json().at("/items")).hasSize(1);
		assertThat(this.platform.send("GET", "/v1/models", KEY, null).status()).isEqualTo(200);
		assertThat(this.platform.send("GET", "/admin/v1/models", token, null).status()).isEqualTo(200);
		assertThat(this.platform.get("/admin/v1/providers/upstream").at("/credential/masterKeyId")).isEqualTo("new");
		assertThat(this.platform.send("GET", "/v1/files/" + this.file + "/content", KEY, null).text())
			.isEqualTo("what is kept");
	}

	@Test
	void tellsOfAMasterKeyThatIsGoneTooEarlyAndLetsTenantsMoveNothing() {
		this.platform = this.platform.restarted(OLD);
		fill();
		String tenants = this.platform
			.admin("POST", "/admin/v1/admin-tokens?tenant=rotating", Map.of("name", "admin", "role", "tenant-admin"))
			.at("/secret");
		this.platform = this.platform.restarted(NEW);
		assertThat(masterKey("old").at("/configured").asBoolean()).isFalse();
		assertThat(kept("old")).isEqualTo("1 1 2 1");
		assertThat(this.platform.admin("POST", "/admin/v1/master-keys/reencrypt", null).at("/code"))
			.isEqualTo("credential_unreadable");
		this.platform = this.platform.restarted(OLD);
		assertThat(this.platform.send("GET", "/admin/v1/master-keys", tenants, null).status()).isEqualTo(403);
		assertThat(this.platform.send("POST", "/admin/v1/master-keys/reencrypt", tenants, null).status())
			.isEqualTo(403);
	}

	/** Puts one secret of each kind, and returns an admin token's. */
	private String fill() {
		Answer applied = this.platform.yaml("/admin/v1/apply", """
				providers:
				  - {name: upstream, kind: openai, baseUrl: "http://upstream.example/v1", secret: sk-upstream}
				tenants:
				  - name: rotating
				    teams:
				      - name: team
				        projects:
				          - name: project
				            keys: [{name: key, secret: %s, allowedNames: ["*"]}]
				""".formatted(KEY));
		assertThat(applied.status()).as(applied.text()).isEqualTo(200);
		Awaitility.await().until(() -> this.platform.send("GET", "/v1/models", KEY, null).status() == 200);
		Answer file = this.platform.send((request) -> request.header("Authorization", "Bearer " + KEY), "POST",
				"/v1/files", "multipart/form-data; boundary=b", """
						--b\r
						Content-Disposition: form-data; name="purpose"\r
						\r
						user_data\r
						--b\r
						Content-Disposition: form-data; name="file"; filename="f"\r
						\r
						what is kept\r
						--b--\r
						""");
		assertThat(file.status()).as(file.text()).isEqualTo(200);
		this.file = file.at("/id");
		return this.platform
			.admin("POST", "/admin/v1/admin-tokens", Map.of("name", "reader", "role", "platform-auditor"))
			.at("/secret");
	}

	/** Returns credentials, virtual keys, admin tokens and files under a master key. */
	private String kept(String id) {
		JsonNode key = masterKey(id);
		return key.at("/credentials").asInt() + " " + key.at("/virtualKeys").asInt() + " "
				+ key.at("/adminTokens").asInt() + " " + key.at("/files").asInt();
	}

	private JsonNode masterKey(String id) {
		for (JsonNode item : this.platform.get("/admin/v1/master-keys").json().at("/items")) {
			if (item.at("/id").asString().equals(id)) {
				return item;
			}
		}
		throw new AssertionError("no master key " + id);
	}

}
