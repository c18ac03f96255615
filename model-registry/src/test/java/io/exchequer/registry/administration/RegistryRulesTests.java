package io.exchequer.registry.administration;

import java.time.Duration;
import java.time.LocalDate;
import java.util.List;
import java.util.Map;
import java.util.Set;

import io.exchequer.kernel.ValidationProblem;
import io.exchequer.registry.Capabilities;
import io.exchequer.registry.DataClass;
import io.exchequer.registry.DeploymentSettings;
import io.exchequer.registry.DeploymentSettings.OnDisconnect;
import io.exchequer.registry.Lifecycle;
import io.exchequer.registry.Lifecycle.Stage;
import io.exchequer.registry.ProviderKinds;
import io.exchequer.registry.RegistryCommand.PutAlias;
import io.exchequer.registry.RegistryCommand.PutDeployment;
import io.exchequer.registry.RegistryCommand.PutModel;
import io.exchequer.registry.RegistryCommand.PutProvider;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

class RegistryRulesTests {

	@ParameterizedTest
	@ValueSource(strings = { "a", "gpt-5.1", "openai/gpt-5:latest", "A_b", "autopilot" })
	void takesEveryNameThatUpstreamsUse(String name) {
		assertThatCode(() -> RegistryRules.check(new PutAlias(name, "mini"))).doesNotThrowAnyException();
	}

	@Test
	void takesANameOf128CharactersAndNoLonger() {
		assertThatCode(() -> RegistryRules.check(new PutAlias("n".repeat(128), "mini"))).doesNotThrowAnyException();
		assertProblems(() -> RegistryRules.check(new PutAlias("n".repeat(129), "mini")), "invalid_name name");
	}

	@ParameterizedTest
	@ValueSource(strings = { "", " ", "a b", "a\n", "\u00e4", "a?b", "*" })
	void refusesOtherNames(String name) {
		assertProblems(() -> RegistryRules.check(new PutAlias(name, name)), "invalid_name name", "invalid_name model");
	}

	@ParameterizedTest
	@ValueSource(strings = { ".", "..", "/", "a/", "/a", "a//b", "a/./b", "a/../b", "../a", "a/.." })
	void refusesNamesThatAPathWouldLose(String name) {
		assertProblems(() -> RegistryRules.check(new PutAlias(name, "mini")), "invalid_name name");
	}

	@Test
	void takesDotsThatAPathKeeps() {
		for (String name : List.of("...", ".hidden", "a/.b", "v1./x", "a..b/c")) {
			assertThatCode(() -> RegistryRules.check(new PutAlias(name, "mini"))).doesNotThrowAnyException();
		}
	}

	@Test
	void takesNoSlashInAProvidersName() {
		assertProblems(() -> RegistryRules.check(new PutProvider("a/b", "demo", "", Map.of()), null),
				"invalid_name name");
	}

	@ParameterizedTest
	@ValueSource(strings = { "auto", "AUTO", "Auto" })
	void keepsAutoForThePolicy(String name) {
		assertProblems(() -> RegistryRules.check(new PutAlias(name, "mini")), "reserved_name name");
		assertProblems(() -> RegistryRules.check(Samples.model(name)), "reserved_name name");
		assertProblems(() -> RegistryRules.collect(Samples.deployment(name, "mini")).throwIfAny(),
				"reserved_name name");
	}

	@ParameterizedTest
	@ValueSource(strings = { "http://localhost:11434/v1", "https://api.openai.com", "HTTPS://[::1]:8443/v1/" })
	void takesAnHttpUrl(String url) {
		assertThatCode(() -> RegistryRules.check(provider(url), null)).doesNotThrowAnyException();
	}

	@ParameterizedTest
	@ValueSource(strings = { "ftp://host/", "file:///etc/passwd", "host/v1", "https://", "http://a_b/", "http:///v1",
			"https://user:pass@host/v1", "https://host/v1#part", "https://host/v1?key=1", "https://ho st/",
			"http://host:70000/" })
	void refusesAnyOtherUrlAndDoesNotRepeatIt(String url) {
		assertThatExceptionOfType(ValidationProblem.class).isThrownBy(() -> RegistryRules.check(provider(url), null))
			.withMessageNotContaining("pass@")
			.satisfies((problem) -> assertThat(problem.problems()).extracting(ValidationProblem.FieldProblem::code)
				.containsOnly("invalid_base_url"));
	}

	@Test
	void asksForAUrlUnlessTheKindIsInside() {
		assertProblems(() -> RegistryRules.check(provider(""), null), "missing_base_url baseUrl");
		assertThatCode(() -> RegistryRules.check(new PutProvider("p", "demo", "", Map.of()), null))
			.doesNotThrowAnyException();
	}

	@Test
	void asksForNoUrlWhereTheKindKnowsItsVendors() {
		ProviderKinds kinds = new ProviderKinds() {

			@Override
			public Set<String> kinds() {
				return Set.of("anthropic", "openai");
			}

			@Override
			public boolean knowsAddress(String kind) {
				return kind.equals("anthropic");
			}

		};
		assertThatCode(() -> RegistryRules.check(new PutProvider("p", "anthropic", "", Map.of()), kinds))
			.doesNotThrowAnyException();
		assertProblems(() -> RegistryRules.check(new PutProvider("p", "openai", "", Map.of()), kinds),
				"missing_base_url baseUrl");
	}

	@Test
	void takesOnlyAKindThatSomethingSpeaks() {
		assertProblems(() -> RegistryRules.check(provider("http://host"), () -> Set.of("demo", "azure-openai")),
				"unknown_kind kind");
		assertProblems(() -> RegistryRules.check(new PutProvider("p", "No Kind", "http://host", Map.of()), null),
				"invalid_kind kind");
	}

	@ParameterizedTest
	@ValueSource(strings = { "api-key", "apiKey", "API_KEY", "x-api-key", "Authorization", "password", "client-secret",
			"access_token", "authToken", "session-token", "cookie", "credentials", "header.Ocp-Apim-Subscription-Key",
			"header.X-Auth-Token", "header.Cookie", "header.X-Amz-Security-Token", "header.X-Signature-V4",
			"Header.x-functions-KEY", "header.X-Authenticated-By", "header.Session-Id", "header.X-JWT-Assertion" })
	void refusesSecretsAmongSettings(String key) {
		assertThatExceptionOfType(ValidationProblem.class)
			.isThrownBy(() -> RegistryRules
				.check(new PutProvider("p", "openai", "http://host", Map.of(key, "the-value")), null))
			.withMessageContaining("must not hold a secret")
			.withMessageNotContaining("the-value");
	}

	@ParameterizedTest
	@ValueSource(strings = { "Bearer the-value", "basic dGhlLXZhbHVl" })
	void refusesValuesThatAreCredentials(String value) {
		assertThatExceptionOfType(ValidationProblem.class)
			.isThrownBy(() -> RegistryRules
				.check(new PutProvider("p", "openai", "http://host", Map.of("header.X-Custom", value)), null))
			.withMessageContaining("must not hold a secret")
			.withMessageNotContaining(value);
	}

	@Test
	void boundsSettings() {
		Map<String, String> fine = Map.of("tokens-per-second", "80", "api-version", "2026-10-01", "timeToFirstToken",
				"80ms", "header.OpenAI-Organization", "acme", "header.HTTP-Referer", "https://acme.example",
				"outputLimitMember", "max_completion_tokens");
		assertThatCode(() -> RegistryRules.check(new PutProvider("p", "openai", "http://host", fine), null))
			.doesNotThrowAnyException();
		assertProblems(() -> RegistryRules
			.check(new PutProvider("p", "openai", "http://host", Map.of("k", "v".repeat(1025))), null),
				"invalid_setting settings");
		assertProblems(
				() -> RegistryRules.check(new PutProvider("p", "openai", "http://host", Map.of("a b", "v")), null),
				"invalid_setting settings");
	}

	@Test
	void namesEverythingThatIsWrongWithAModel() {
		Capabilities none = new Capabilities(Set.of(), Set.of(), false, false, false, 0, 2, 0);
		assertProblems(
				() -> RegistryRules
					.check(new PutModel("mini", " ", none, new Lifecycle(Stage.DEPRECATED, "mini", null))),
				"invalid_text displayName", "missing_modality capabilities.input",
				"missing_modality capabilities.output", "out_of_range capabilities.contextWindow",
				"out_of_range capabilities.maxOutput", "out_of_range capabilities.imageTokensMax",
				"invalid_successor lifecycle.successor");
	}

	@ParameterizedTest
	@ValueSource(strings = { "1969-12-31", "2200-01-01", "+999999999-12-31" })
	void refusesADayThatNobodyMeans(String day) {
		Lifecycle lifecycle = new Lifecycle(Stage.DEPRECATED, null, LocalDate.parse(day));
		assertProblems(() -> RegistryRules.check("mini", lifecycle), "out_of_range lifecycle.retiresOn");
	}

	@Test
	void refusesTextThatIsNoUnicode() {
		assertProblems(() -> RegistryRules.check(new PutModel("mini", "\ud800", Samples.CAPABILITIES, null)),
				"invalid_text displayName");
		assertThatCode(() -> RegistryRules.check(new PutModel("mini", "\ud83d\ude00", Samples.CAPABILITIES, null)))
			.doesNotThrowAnyException();
	}

	@Test
	void boundsEverySettingOfADeployment() {
		DeploymentSettings lowest = new DeploymentSettings(Duration.ZERO, Duration.ofSeconds(-1), Duration.ofHours(25),
				Duration.ofHours(24).plusNanos(1), 0, -1, OnDisconnect.DRAIN, Map.of("password", "x"));
		assertProblems(() -> RegistryRules.collect(deployment(lowest)).throwIfAny(),
				"out_of_range settings.connectTimeout", "out_of_range settings.firstByteTimeout",
				"out_of_range settings.idleTimeout", "out_of_range settings.totalTimeout",
				"out_of_range settings.maxConcurrent", "out_of_range settings.retries",
				"secret_in_settings settings.options");
		DeploymentSettings highest = new DeploymentSettings(Duration.ofHours(24), Duration.ofNanos(1),
				Duration.ofHours(24), Duration.ofHours(24), 100_000, 10, OnDisconnect.DRAIN, Map.of());
		assertThat(RegistryRules.collect(deployment(highest)).isEmpty()).isTrue();
		assertThat(RegistryRules.collect(deployment(DeploymentSettings.DEFAULTS)).isEmpty()).isTrue();
	}

	private static PutProvider provider(String url) {
		return new PutProvider("p", "openai", url, Map.of());
	}

	private static PutDeployment deployment(DeploymentSettings settings) {
		return new PutDeployment("d", "m", "p", "u", DataClass.PUBLIC, settings, true);
	}

	private static void assertProblems(Runnable check, String... codesAndFields) {
		assertThatExceptionOfType(ValidationProblem.class).isThrownBy(check::run)
			.satisfies((problem) -> assertThat(problem.problems())
				.extracting((field) -> field.code() + " " + field.field())
				.isEqualTo(List.of(codesAndFields)));
	}

}
