package io.exchequer.admin;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

import io.exchequer.admin.Platform.Answer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * A file with every member that there is goes in and comes out again, here and in an
 * installation that knows nothing yet.
 */
class RoundTripIT {

	private static Platform platform;

	@BeforeAll
	static void start() throws IOException {
		platform = new Platform();
		Answer applied = platform.yaml("/admin/v1/apply", everything());
		assertThat(applied.status()).as(applied.text()).isEqualTo(200);
	}

	@AfterAll
	static void stop() {
		platform.close();
	}

	private static String everything() throws IOException {
		try (InputStream file = RoundTripIT.class.getResourceAsStream("/everything.yaml")) {
			return new String(file.readAllBytes(), StandardCharsets.UTF_8);
		}
	}

	private static String exported(Platform from, String type) {
		Answer answer = from.send(
				(request) -> request.header("Authorization", "Bearer " + Platform.ADMIN).header("Accept", type), "GET",
				"/admin/v1/export", "", null);
		assertThat(answer.status()).as(answer.text()).isEqualTo(200);
		return answer.text();
	}

	private static void changesNothing(Answer answer) {
		assertThat(answer.status()).as(answer.text()).isEqualTo(200);
		assertThat(answer.json().at("/created").asInt() + answer.json().at("/updated").asInt()).as(answer.text())
			.isZero();
	}

	@Test
	void comesOutAsItWentIn() throws IOException {
		JsonNode in = AdminMappers.yaml().readTree(everything());
		JsonNode out = AdminMappers.json().readTree(exported(platform, "application/json"));
		assertThat(in.propertyNames()).containsExactlyInAnyOrderElementsOf(out.propertyNames());
		List<String> lost = new ArrayList<>();
		compare(out, in, "", lost);
		assertThat(lost).isEmpty();
	}

	/** Finds what went in and is not there, whatever defaults came with it. */
	private static void compare(JsonNode out, JsonNode in, String at, List<String> lost) {
		if (in.isObject() && out.isObject()) {
			in.properties()
				.stream()
				.filter((member) -> !member.getKey().equals("secret"))
				.forEach((member) -> compare(out.path(member.getKey()), member.getValue(), at + "/" + member.getKey(),
						lost));
		}
		else if (in.isArray() && out.size() == in.size()) {
			for (int i = 0; i < in.size(); i++) {
				compare(out.path(i), in.get(i), at + "/" + i, lost);
			}
		}
		else if (!out.equals(in)) {
			lost.add(at + ": " + in + " became " + out);
		}
	}

	@Test
	void changesNothingWhereItCameFrom() throws IOException {
		changesNothing(platform.yaml("/admin/v1/apply", everything()));
		changesNothing(platform.yaml("/admin/v1/apply", exported(platform, "application/yaml")));
		changesNothing(platform.admin("POST", "/admin/v1/apply", exported(platform, "application/json")));
	}

	@Test
	void makesAnEmptyInstallationTheSame() {
		String file = exported(platform, "application/yaml");
		assertThat(file).doesNotContain("sk-of-the-upstream", "the-secret-of-the-everything-key");
		try (Platform empty = new Platform()) {
			Answer applied = empty.yaml("/admin/v1/apply", file);
			assertThat(applied.status()).as(applied.text()).isEqualTo(200);
			assertThat(exported(empty, "application/yaml")).isEqualTo(file);
			changesNothing(empty.yaml("/admin/v1/apply", file));
		}
	}

	@Test
	void leavesOutBudgetsAboveWhatIsOutOfUse() {
		try (Platform used = new Platform()) {
			used.yaml("/admin/v1/apply",
					"""
							tenants:
							  - name: acme
							    teams:
							      - {name: stays, projects: [{name: open}]}
							      - {name: goes, projects: [{name: closed, keys: [{name: lost}]}]}
							    budgets:
							      - {name: all, window: day, currency: USD, hardLimit: "1"}
							      - {name: team, scope: {type: team, name: goes}, window: day, currency: USD, hardLimit: "1"}
							      - {name: project, scope: {type: project, name: closed}, window: day, currency: USD, hardLimit: "1"}
							      - {name: key, scope: {type: key, name: closed/lost}, window: day, currency: USD, hardLimit: "1"}
							""");
			for (String resource : new String[] { "keys", "projects", "teams" }) {
				String id = "";
				for (JsonNode item : used.get("/admin/v1/" + resource + "?tenant=acme").json().at("/items")) {
					String name = item.at("/name").asString();
					id = name.equals("lost") || name.equals("closed") || name.equals("goes") ? item.at("/id").asString()
							: id;
				}
				Answer gone = used.admin("DELETE", "/admin/v1/" + resource + "/" + id, null);
				assertThat(gone.status()).as(gone.text()).isEqualTo(200);
			}
			JsonNode file = used.get("/admin/v1/export").json();
			assertThat(file.at("/tenants/0/budgets")).hasSize(1);
			assertThat(file.at("/tenants/0/budgets/0/name").asString()).isEqualTo("all");
			changesNothing(used.admin("POST", "/admin/v1/apply", file.toString()));
		}
	}

}
