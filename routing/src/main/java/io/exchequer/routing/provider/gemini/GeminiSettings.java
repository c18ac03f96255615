package io.exchequer.routing.provider.gemini;

import java.util.Map;
import java.util.regex.Pattern;

import io.exchequer.routing.provider.translated.Headers;
import org.jspecify.annotations.Nullable;

/**
 * What an administrator sets for a provider of these kinds.
 *
 * @param project the Google Cloud project, or null: with {@code vertex-ai} the service
 * account's, or none where the credential is an API key
 * @param location the Google Cloud location; {@code global} where none is given
 * @param apiVersion the API's version, or null for the usual one
 * @param headers headers of every call
 */
record GeminiSettings(@Nullable String project, String location, @Nullable String apiVersion,
		Map<String, String> headers) {

	static final String PROJECT = "project";

	static final String LOCATION = "location";

	static final String API_VERSION = "api-version";

	private static final Pattern PROJECTS = Pattern.compile("[a-z0-9][a-z0-9.:-]{0,100}");

	private static final Pattern LOCATIONS = Pattern.compile("[a-z][a-z0-9-]{0,40}");

	private static final Pattern VERSIONS = Pattern.compile("v\\d{1,2}(alpha|beta)?\\d{0,2}");

	/**
	 * Reads settings.
	 * @throws IllegalArgumentException if one is not usable, saying why
	 */
	static GeminiSettings of(Map<String, String> settings) {
		String location = checked(settings, LOCATION, LOCATIONS, "a location such as europe-west4");
		return new GeminiSettings(checked(settings, PROJECT, PROJECTS, "a project's identifier or number"),
				(location != null) ? location : "global",
				checked(settings, API_VERSION, VERSIONS, "a version such as v1beta"), Headers.of(settings));
	}

	private static @Nullable String checked(Map<String, String> settings, String name, Pattern form, String what) {
		String value = settings.get(name);
		if (value == null || value.isBlank()) {
			return null;
		}
		if (!form.matcher(value).matches()) {
			throw new IllegalArgumentException("setting " + name + " must be " + what);
		}
		return value;
	}

	/** Returns Vertex AI's own address for the location. */
	String vertexAddress() {
		return switch (this.location) {
			case "global" -> "https://aiplatform.googleapis.com";
			case "us", "eu" -> "https://aiplatform." + this.location + ".rep.googleapis.com";
			default -> "https://" + this.location + "-aiplatform.googleapis.com";
		};
	}

}
