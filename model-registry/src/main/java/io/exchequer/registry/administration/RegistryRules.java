package io.exchequer.registry.administration;

import java.net.URI;
import java.net.URISyntaxException;
import java.time.Duration;
import java.time.LocalDate;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;

import io.exchequer.kernel.ValidationProblem;
import io.exchequer.kernel.ValidationProblem.Collector;
import io.exchequer.registry.Capabilities;
import io.exchequer.registry.DeploymentSettings;
import io.exchequer.registry.Lifecycle;
import io.exchequer.registry.ProviderKinds;
import io.exchequer.registry.RegistryCommand.PutAlias;
import io.exchequer.registry.RegistryCommand.PutDeployment;
import io.exchequer.registry.RegistryCommand.PutModel;
import io.exchequer.registry.RegistryCommand.PutProvider;
import org.jspecify.annotations.Nullable;

/**
 * What a command must be like, whatever is in the database. Prices have
 * {@link PriceCardRules} of their own.
 */
final class RegistryRules {

	private static final Pattern NAME = Pattern.compile("[A-Za-z0-9._:/-]{1,128}");

	/** Parts between slashes that a URL's path would lose. */
	private static final Pattern LOST_IN_PATH = Pattern.compile("(.*/)?\\.{0,2}(/.*)?");

	private static final Pattern IDENTIFIER = Pattern.compile("[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}",
			Pattern.CASE_INSENSITIVE);

	private static final Pattern KIND = Pattern.compile("[a-z0-9-]{1,64}");

	private static final Pattern SETTING = Pattern.compile("[A-Za-z0-9._-]{1,64}");

	private static final Pattern SECRET = Pattern.compile("[\\x20-\\x7e]{1,8192}");

	private static final Pattern SECRET_SETTING = Pattern
		.compile(
				".*(api[-_.]?key|subscription[-_.]?key|private[-_.]?key|signing[-_.]?key|authorization|password|passwd"
						+ "|secret|cookie|credentials?|signature"
						+ "|(access|api|auth|bearer|id|refresh|security|session)[-_.]?token)",
				Pattern.CASE_INSENSITIVE);

	/**
	 * A header is another matter than a setting of ours: whatever sounds like a secret is
	 * taken for one.
	 */
	private static final Pattern SECRET_HEADER = Pattern.compile(
			"header\\..*(auth|bearer|cookie|credential|jwt|key|passw|secret|session|signature|subscription|token).*",
			Pattern.CASE_INSENSITIVE);

	private static final Pattern SECRET_VALUE = Pattern.compile("(basic|bearer)\\s.*", Pattern.CASE_INSENSITIVE);

	private static final Set<String> KINDS_INSIDE = Set.of("demo", "minilm");

	private static final int SETTINGS_MAX = 64;

	private static final int SETTING_LENGTH_MAX = 1024;

	private static final int TEXT_LENGTH_MAX = 256;

	private static final int CONCURRENT_MAX = 100_000;

	private static final int RETRIES_MAX = 10;

	/** Days and instants outside of these years are slips of the keyboard. */
	static final int YEAR_MIN = 1970;

	static final int YEAR_MAX = 2199;

	private static final Duration TIMEOUT_MAX = Duration.ofHours(24);

	private RegistryRules() {
	}

	/**
	 * Refuses a new name that could be taken for an identifier: references are either.
	 * @throws ValidationProblem {@code name_like_identifier}
	 */
	static void requireNoIdentifier(String name) {
		if (IDENTIFIER.matcher(name).matches()) {
			throw ValidationProblem.of("name_like_identifier", "name", "must not have the form of an identifier");
		}
	}

	static void check(PutProvider command, @Nullable ProviderKinds kinds) {
		Collector problems = new Collector();
		name(problems, "name", command.name());
		problems.require(command.name().indexOf('/') < 0, "invalid_name", "name",
				"must have no '/': it divides a provider from its credentials in paths");
		if (!KIND.matcher(command.kind()).matches()) {
			problems.add("invalid_kind", "kind", "must have 1 to 64 of a-z, 0-9 and '-'");
		}
		else if (kinds != null && !kinds.kinds().contains(command.kind())) {
			problems.add("unknown_kind", "kind",
					"must be one of " + String.join(", ", kinds.kinds().stream().sorted().toList()));
		}
		baseUrl(problems, command, kinds);
		settings(problems, "settings", command.settings());
		problems.throwIfAny();
		if (kinds != null) {
			usable("settings", () -> kinds.checkSettings(command.kind(), command.settings()));
		}
	}

	static void check(PutModel command) {
		Collector problems = new Collector();
		callableName(problems, command.name());
		if (command.displayName() != null) {
			text(problems, "displayName", command.displayName());
		}
		capabilities(problems, command.capabilities());
		if (command.lifecycle() != null) {
			lifecycle(problems, command.name(), command.lifecycle());
		}
		problems.throwIfAny();
	}

	static void check(String model, Lifecycle lifecycle) {
		Collector problems = new Collector();
		lifecycle(problems, model, lifecycle);
		problems.throwIfAny();
	}

	static void check(PutAlias command) {
		Collector problems = new Collector();
		callableName(problems, command.name());
		name(problems, "model", command.model());
		problems.throwIfAny();
	}

	/** Checks a deployment's options, once it is known what kind its provider is of. */
	static void check(PutDeployment command, String kind, @Nullable ProviderKinds kinds) {
		DeploymentSettings settings = command.settings();
		if (kinds != null && settings != null) {
			usable("settings.options", () -> kinds.checkOptions(kind, settings.options()));
		}
	}

	private static void usable(String field, Runnable check) {
		try {
			check.run();
		}
		catch (IllegalArgumentException ex) {
			throw ValidationProblem.of("invalid_setting", field, "cannot be used: " + ex.getMessage());
		}
	}

	/** Checks what needs no database, for the caller to go on with what does. */
	static Collector collect(PutDeployment command) {
		Collector problems = new Collector();
		callableName(problems, command.name());
		text(problems, "upstreamModel", command.upstreamModel());
		DeploymentSettings settings = command.settings();
		if (settings != null) {
			timeout(problems, "settings.connectTimeout", settings.connectTimeout());
			timeout(problems, "settings.firstByteTimeout", settings.firstByteTimeout());
			timeout(problems, "settings.idleTimeout", settings.idleTimeout());
			timeout(problems, "settings.totalTimeout", settings.totalTimeout());
			between(problems, "settings.maxConcurrent", settings.maxConcurrent(), 1, CONCURRENT_MAX);
			between(problems, "settings.retries", settings.retries(), 0, RETRIES_MAX);
			settings(problems, "settings.options", settings.options());
		}
		return problems;
	}

	static void checkSecret(String secret) {
		Collector problems = new Collector();
		problems.require(SECRET.matcher(secret).matches() && secret.equals(secret.strip()), "invalid_secret", "secret",
				"must have 1 to 8192 visible ASCII characters, without spaces at its ends");
		problems.throwIfAny();
	}

	private static void name(Collector problems, String field, String name) {
		problems.require(NAME.matcher(name).matches(), "invalid_name", field,
				"must have 1 to 128 of A-Z, a-z, 0-9, '.', '_', ':', '/' and '-'");
		problems.require(name.isEmpty() || !LOST_IN_PATH.matcher(name).matches(), "invalid_name", field,
				"must have something other than '.' and '..' before, between and after its slashes");
	}

	private static void callableName(Collector problems, String name) {
		name(problems, "name", name);
		problems.require(!name.equalsIgnoreCase("auto"), "reserved_name", "name",
				"must not be \"auto\", by which a client lets the routing policy choose");
	}

	private static void baseUrl(Collector problems, PutProvider command, @Nullable ProviderKinds kinds) {
		String url = command.baseUrl();
		if (url.isEmpty()) {
			boolean known = KINDS_INSIDE.contains(command.kind())
					|| kinds != null && kinds.knowsAddress(command.kind());
			problems.require(known, "missing_base_url", "baseUrl", "is required for the kind " + command.kind());
			return;
		}
		try {
			URI uri = new URI(url);
			String scheme = (uri.getScheme() != null) ? uri.getScheme().toLowerCase(Locale.ROOT) : "";
			boolean http = scheme.equals("http") || scheme.equals("https");
			// An authority that is no host and port has no host: "http://a_b",
			// "http://:80".
			boolean reachable = uri.getHost() != null && uri.getPort() <= 65_535;
			problems.require(http && reachable, "invalid_base_url", "baseUrl",
					"must be an http or https URL with a host");
			problems.require(uri.getRawUserInfo() == null && uri.getRawQuery() == null && uri.getRawFragment() == null,
					"invalid_base_url", "baseUrl",
					"must have no user, query or fragment: secrets belong into the credential");
		}
		catch (URISyntaxException ex) {
			// The text itself is not repeated: it may hold a password.
			problems.add("invalid_base_url", "baseUrl", "must be a URL such as https://api.openai.com/v1");
		}
	}

	private static void settings(Collector problems, String field, Map<String, String> settings) {
		problems.require(settings.size() <= SETTINGS_MAX, "too_many_settings", field,
				"must have at most " + SETTINGS_MAX + " entries");
		settings.forEach((key, value) -> {
			problems.require(SETTING.matcher(key).matches(), "invalid_setting", field,
					"must have keys with 1 to 64 of A-Z, a-z, 0-9, '.', '_' and '-'");
			problems.require(!soundsSecret(key, value), "secret_in_settings", field,
					"must not hold a secret (" + key + "): settings can be read back, set the credential instead");
			problems.require(value.length() <= SETTING_LENGTH_MAX && isPrintable(value), "invalid_setting", field,
					"must have values of at most " + SETTING_LENGTH_MAX + " printable characters (" + key + ")");
		});
	}

	private static boolean soundsSecret(String key, String value) {
		return SECRET_SETTING.matcher(key).matches() || SECRET_HEADER.matcher(key).matches()
				|| SECRET_VALUE.matcher(value).matches();
	}

	private static void capabilities(Collector problems, Capabilities capabilities) {
		problems.require(!capabilities.input().isEmpty(), "missing_modality", "capabilities.input",
				"must name at least one modality");
		problems.require(!capabilities.output().isEmpty(), "missing_modality", "capabilities.output",
				"must name at least one modality");
		between(problems, "capabilities.contextWindow", capabilities.contextWindow(), 1, Integer.MAX_VALUE);
		between(problems, "capabilities.maxOutput", capabilities.maxOutput(), 1,
				Math.max(1, capabilities.contextWindow()));
		if (capabilities.imageTokensMax() != null) {
			between(problems, "capabilities.imageTokensMax", capabilities.imageTokensMax(), 1, Integer.MAX_VALUE);
		}
	}

	private static void lifecycle(Collector problems, String model, Lifecycle lifecycle) {
		if (lifecycle.successor() != null) {
			name(problems, "lifecycle.successor", lifecycle.successor());
			problems.require(!lifecycle.successor().equals(model), "invalid_successor", "lifecycle.successor",
					"must be another model");
		}
		LocalDate day = lifecycle.retiresOn();
		problems.require(day == null || (day.getYear() >= YEAR_MIN && day.getYear() <= YEAR_MAX), "out_of_range",
				"lifecycle.retiresOn", "must be in the years " + YEAR_MIN + " to " + YEAR_MAX);
	}

	private static void timeout(Collector problems, String field, Duration timeout) {
		problems.require(timeout.isPositive() && timeout.compareTo(TIMEOUT_MAX) <= 0, "out_of_range", field,
				"must be above PT0S and at most PT24H: " + timeout);
	}

	private static void between(Collector problems, String field, int value, int lowest, int highest) {
		problems.require(value >= lowest && value <= highest, "out_of_range", field,
				"must be " + lowest + " to " + highest + ": " + value);
	}

	private static void text(Collector problems, String field, String text) {
		problems.require(!text.isBlank() && text.length() <= TEXT_LENGTH_MAX && isPrintable(text), "invalid_text",
				field, "must have 1 to " + TEXT_LENGTH_MAX + " printable characters");
	}

	static boolean isPrintable(String text) {
		return text.codePoints()
			.noneMatch((point) -> Character.isISOControl(point) || Character.getType(point) == Character.SURROGATE);
	}

}
