package io.exchequer.routing.provider.openai;

import java.net.URI;
import java.net.URISyntaxException;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

import io.exchequer.registry.Deployment;
import org.apache.hc.client5.http.HttpRoute;
import org.apache.hc.core5.http.Header;
import org.apache.hc.core5.http.HttpHost;
import org.apache.hc.core5.http.message.BasicHeader;
import org.apache.hc.core5.util.TimeValue;

/**
 * Where and how a deployment is called, worked out once for each version of it.
 *
 * @param deployment the version it was worked out for
 * @param route the host, its port and whether by TLS
 * @param basePath the path before the endpoint's
 * @param query what follows the endpoint's path
 * @param headers the headers of every call
 * @param keepAlive how long an idle connection is kept, where the server does not say
 */
record UpstreamTarget(Deployment deployment, HttpRoute route, String basePath, String query, List<Header> headers,
		TimeValue keepAlive) {

	/** The kind of Azure OpenAI. */
	static final String AZURE = "azure-openai";

	/** The provider setting with Azure's API version. */
	static final String API_VERSION = "api-version";

	/** The provider setting that says how Azure is shown the secret. */
	static final String AUTH = "auth";

	/** The secret is a resource's key. */
	private static final String AUTH_KEY = "api-key";

	/** The secret is a token, such as Entra ID's. */
	private static final String AUTH_BEARER = "bearer";

	/** The provider setting that says how long an idle connection is kept. */
	static final String KEEP_ALIVE = "keepAlive";

	/** A provider setting with this prefix is a header of every call. */
	static final String HEADER_PREFIX = "header.";

	/**
	 * Many servers (uvicorn, and so vLLM; Node) close connections that are idle for five
	 * seconds: what is kept for less never meets a connection that is just being closed.
	 */
	private static final Duration KEEP_ALIVE_DEFAULT = Duration.ofSeconds(4);

	private static final Duration KEEP_ALIVE_MAX = Duration.ofHours(1);

	/**
	 * What frames a request or leads it to its server: set twice, it would break both.
	 */
	private static final Set<String> OWN_HEADERS = Set.of("connection", "content-encoding", "content-length",
			"content-type", "expect", "host", "keep-alive", "te", "trailer", "transfer-encoding", "upgrade");

	private static final String API_VERSION_DEFAULT = "2024-10-21";

	/**
	 * Works out a target.
	 * @param usualBaseUrl the base URL where the provider has none of its own
	 * @throws IllegalArgumentException if the base URL or a setting is not usable
	 */
	static UpstreamTarget of(Deployment deployment, String usualBaseUrl) {
		String given = deployment.provider().baseUrl();
		URI base = baseUrl(given.isBlank() ? usualBaseUrl : given);
		Map<String, String> settings = deployment.provider().settings();
		boolean secure = "https".equals(base.getScheme());
		int port = (base.getPort() > 0) ? base.getPort() : secure ? 443 : 80;
		HttpRoute route = new HttpRoute(new HttpHost(base.getScheme(), base.getHost(), port), null, secure);
		String path = stripSlashes(base.getRawPath());
		String query = "";
		if (deployment.provider().kind().equals(AZURE)) {
			// The newer path needs no version, and takes one.
			boolean newer = path.endsWith("/openai/v1");
			String version = settings.getOrDefault(API_VERSION, newer ? "" : API_VERSION_DEFAULT);
			if (!newer) {
				path += path.endsWith("/openai") ? "" : "/openai";
				path += "/deployments/" + URLEncoder.encode(deployment.upstreamModel(), StandardCharsets.UTF_8);
			}
			query = version.isEmpty() ? "" : "?api-version=" + URLEncoder.encode(version, StandardCharsets.UTF_8);
		}
		return new UpstreamTarget(deployment, route, path, query, headers(deployment, base),
				TimeValue.of(keepAlive(settings)));
	}

	/**
	 * Checks a provider's settings.
	 * @throws IllegalArgumentException if one is not usable
	 */
	static void check(Map<String, String> settings) {
		keepAlive(settings);
		String auth = settings.getOrDefault(AUTH, AUTH_KEY);
		if (!auth.equals(AUTH_KEY) && !auth.equals(AUTH_BEARER)) {
			throw new IllegalArgumentException(AUTH + " must be " + AUTH_KEY + " or " + AUTH_BEARER);
		}
		settings.forEach((name, value) -> {
			if (name.startsWith(HEADER_PREFIX)) {
				String header = header(name.substring(HEADER_PREFIX.length()), value).getName();
				if (OWN_HEADERS.contains(header.toLowerCase(Locale.ROOT))) {
					throw new IllegalArgumentException("header " + header + " is the platform's to set");
				}
			}
		});
	}

	private static Duration keepAlive(Map<String, String> settings) {
		String text = settings.get(KEEP_ALIVE);
		if (text == null) {
			return KEEP_ALIVE_DEFAULT;
		}
		try {
			Duration keepAlive = Duration.parse(text);
			if (!keepAlive.isNegative() && keepAlive.compareTo(KEEP_ALIVE_MAX) <= 0) {
				return keepAlive;
			}
		}
		catch (DateTimeParseException ex) {
			// Told below.
		}
		throw new IllegalArgumentException(
				KEEP_ALIVE + " must be from PT0S to " + KEEP_ALIVE_MAX + ", such as " + KEEP_ALIVE_DEFAULT);
	}

	private static List<Header> headers(Deployment deployment, URI base) {
		List<Header> headers = new ArrayList<>();
		headers.add(header("Host", (base.getPort() > 0) ? base.getHost() + ":" + base.getPort() : base.getHost()));
		headers.add(header("Content-Type", "application/json"));
		headers.add(header("User-Agent", "Exchequer"));
		if (deployment.credential() != null) {
			String secret = deployment.credential().secret();
			boolean key = deployment.provider().kind().equals(AZURE)
					&& !AUTH_BEARER.equals(deployment.provider().settings().get(AUTH));
			headers.add(key ? header("api-key", secret) : header("Authorization", "Bearer " + secret));
		}
		deployment.provider().settings().forEach((name, value) -> {
			if (name.startsWith(HEADER_PREFIX)) {
				headers.add(header(name.substring(HEADER_PREFIX.length()), value));
			}
		});
		return List.copyOf(headers);
	}

	/** Makes a header; a line break in it would be another header. */
	private static Header header(String name, String value) {
		if (!name.chars().allMatch((c) -> c > ' ' && c < 0x7f && c != ':') || name.isEmpty()
				|| !value.chars().allMatch((c) -> c >= ' ' && c != 0x7f && c <= 0xff)) {
			throw new IllegalArgumentException(
					"header " + name.replaceAll("[^\\x21-\\x7e]", "?") + " has characters that a header must not have");
		}
		return new BasicHeader(name, value);
	}

	private static URI baseUrl(String text) {
		try {
			URI url = new URI(text.strip());
			String scheme = (url.getScheme() != null) ? url.getScheme().toLowerCase(Locale.ROOT) : "";
			if ((scheme.equals("http") || scheme.equals("https")) && url.getHost() != null
					&& url.getRawUserInfo() == null && url.getRawQuery() == null && url.getRawFragment() == null) {
				return new URI(scheme, null, url.getHost(), url.getPort(), url.getPath(), null, null);
			}
		}
		catch (URISyntaxException ex) {
			// Told below.
		}
		throw new IllegalArgumentException(
				"base URL must be http:// or https:// with a host, and no user, query or fragment");
	}

	private static String stripSlashes(String path) {
		int end = path.length();
		while (end > 0 && path.charAt(end - 1) == '/') {
			end--;
		}
		return path.substring(0, end);
	}

	/** Returns the whole path and query for a path below the base URL. */
	String uri(String path) {
		return this.basePath + path + this.query;
	}

}
