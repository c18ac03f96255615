package io.exchequer.routing.provider.gemini;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

import com.google.auth.oauth2.AccessToken;
import com.google.auth.oauth2.GoogleCredentials;
import com.google.auth.oauth2.ServiceAccountCredentials;
import com.google.genai.ApiClient;
import com.google.genai.HttpApiClient;
import com.google.genai.Models;
import com.google.genai.types.ClientOptions;
import com.google.genai.types.HttpOptions;
import com.google.genai.types.HttpRetryOptions;
import io.exchequer.routing.provider.translated.SdkClients;
import okhttp3.ConnectionPool;
import okhttp3.OkHttpClient;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * The SDK's client for one place and secret. The secret of a {@code gemini} provider is
 * an API key; that of a {@code vertex-ai} provider is a service account's JSON, an access
 * token where the project is set, or an API key where none is.
 *
 * @param models the SDK's models
 * @param http what it speaks HTTP with
 * @param vertex whether it speaks to Vertex AI
 */
record GeminiClient(Models models, OkHttpClient http, boolean vertex) {

	static final String BASE_URL = "https://generativelanguage.googleapis.com";

	private static final String VERSION = "v1beta";

	private static final String VERTEX_VERSION = "v1beta1";

	/** How long a call waits for an access token. */
	static final Duration TOKEN_WAIT = Duration.ofSeconds(20);

	private static final String SCOPE = "https://www.googleapis.com/auth/cloud-platform";

	private static final Pattern VERSIONED = Pattern.compile("(.*)/(v\\d{1,2}(?:alpha|beta)?\\d{0,2})");

	private static final int IDLE_CONNECTIONS_MAX = 64;

	/**
	 * Shorter than servers keep a connection: what breaks while a request is sent on it
	 * may have a cost.
	 */
	private static final int KEEP_ALIVE_SECONDS = 30;

	/**
	 * Makes a client; makes no call.
	 * @throws IllegalArgumentException if it cannot be made, saying why without the
	 * secret
	 */
	static GeminiClient of(SdkClients.Key key, Clock clock) {
		GeminiSettings settings = GeminiSettings.of(key.settings());
		boolean vertex = key.kind().equals(GeminiProvider.VERTEX);
		OkHttpClient http = new OkHttpClient.Builder().followRedirects(false)
			.followSslRedirects(false)
			.retryOnConnectionFailure(false)
			.connectionPool(new ConnectionPool(IDLE_CONNECTIONS_MAX, KEEP_ALIVE_SECONDS, TimeUnit.SECONDS))
			.addInterceptor(new GeminiWire(clock))
			.build();
		String secret = (key.credential() != null) ? key.credential().secret().strip() : null;
		HttpOptions options = vertex ? options(key.baseUrl(), settings.vertexAddress(), VERTEX_VERSION, settings)
				: options(key.baseUrl(), BASE_URL, VERSION, settings);
		Optional<ClientOptions> client = Optional.of(ClientOptions.builder().customHttpClient(http).build());
		ApiClient api = vertex ? vertex(secret, settings, options, client)
				: new HttpApiClient(Optional.of((secret != null) ? secret : "none"), Optional.of(options), client);
		return new GeminiClient(new Models(api), http, vertex);
	}

	private static HttpOptions options(String given, String usual, String usualVersion, GeminiSettings settings) {
		String url = given.isEmpty() ? usual : given;
		while (url.endsWith("/")) {
			url = url.substring(0, url.length() - 1);
		}
		Matcher versioned = VERSIONED.matcher(url);
		String version = settings.apiVersion();
		if (versioned.matches()) {
			url = versioned.group(1);
			version = (version != null) ? version : versioned.group(2);
		}
		return HttpOptions.builder()
			.baseUrl(url)
			.apiVersion((version != null) ? version : usualVersion)
			.headers(Map.copyOf(settings.headers()))
			// It waits behind the last attempt, too, where a status is among its own.
			.retryOptions(HttpRetryOptions.builder().attempts(1).httpStatusCodes(List.of()).build())
			.build();
	}

	private static ApiClient vertex(@Nullable String secret, GeminiSettings settings, HttpOptions options,
			Optional<ClientOptions> client) {
		if (secret == null) {
			throw new IllegalArgumentException("Vertex AI needs a credential");
		}
		boolean account = secret.startsWith("{");
		if (!account && settings.project() == null) {
			return new HttpApiClient(Optional.of(secret), Optional.empty(), Optional.empty(), Optional.empty(),
					Optional.of(options), client);
		}
		GoogleCredentials credentials;
		String project = settings.project();
		if (account) {
			ServiceAccountCredentials service = account(secret);
			project = (project != null) ? project : service.getProjectId();
			credentials = new DetachedCredentials(service, TOKEN_WAIT);
		}
		else {
			credentials = GoogleCredentials.create(new AccessToken(secret, null));
		}
		if (project == null) {
			throw new IllegalArgumentException("the service account names no project: set 'project'");
		}
		return new HttpApiClient(Optional.empty(), Optional.of(project), Optional.of(settings.location()),
				Optional.of(credentials), Optional.of(options), client);
	}

	/** Other kinds of credentials would read files or run programs here. */
	private static ServiceAccountCredentials account(String json) {
		JsonNode tree = Values.tree(json);
		if (tree == null || !tree.path("type").asString("").equals("service_account")) {
			throw new IllegalArgumentException("the credential is JSON but no service account's key");
		}
		try {
			return ServiceAccountCredentials.fromStream(new ByteArrayInputStream(json.getBytes(StandardCharsets.UTF_8)))
				.toBuilder()
				.setScopes(List.of(SCOPE))
				.setDefaultRetriesEnabled(false)
				.build();
		}
		catch (IOException | IllegalArgumentException ex) {
			throw new IllegalArgumentException("the service account's key cannot be read");
		}
	}

	void close() {
		this.http.dispatcher().executorService().shutdown();
		this.http.connectionPool().evictAll();
	}

}
