package io.exchequer.admin;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.function.UnaryOperator;

import io.exchequer.ExchequerApplication;
import io.exchequer.registry.crypto.MasterKeys;
import io.exchequer.testing.TestDatabase;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.support.GenericApplicationContext;

/** The real platform on an empty database, as an administrator meets it. */
final class Platform implements AutoCloseable {

	static final String ADMIN = "the-platform-administrators-token";

	private static final JsonMapper JSON = JsonMapper.builder().build();

	private final TestDatabase database;

	private final HttpClient client = HttpClient.newHttpClient();

	private final ConfigurableApplicationContext context;

	private final String base;

	Platform() {
		this(Clock.systemUTC());
	}

	/**
	 * Starts it on an empty database.
	 * @param clock what it takes the time from
	 * @param properties further settings, as {@code name=value}
	 */
	Platform(Clock clock, String... properties) {
		this(TestDatabase.empty(), clock, MasterKeys.generateEntry("test"), properties);
	}

	private Platform(TestDatabase database, Clock clock, String masterKeys, String... properties) {
		this.database = database;
		List<String> arguments = new ArrayList<>(List.of("--server.port=0",
				"--spring.datasource.url=" + this.database.jdbcUrl(),
				"--spring.datasource.username=" + this.database.username(),
				"--spring.datasource.password=" + this.database.password(), "--exchequer.master-keys=" + masterKeys,
				"--exchequer.admin-key=" + ADMIN, "--exchequer.demo=false"));
		for (String property : properties) {
			arguments.add("--" + property);
		}
		this.context = new SpringApplicationBuilder(ExchequerApplication.class)
			.initializers((context) -> ((GenericApplicationContext) context).registerBean("testClock", Clock.class,
					() -> clock, (definition) -> definition.setPrimary(true)))
			.run(arguments.toArray(String[]::new));
		this.base = "http://localhost:" + this.context.getEnvironment().getProperty("local.server.port");
	}

	/** Ends this one, and starts another on its database. */
	Platform restarted(String masterKeys) {
		this.context.close();
		return new Platform(this.database, Clock.systemUTC(), masterKeys);
	}

	<T> T bean(Class<T> type) {
		return this.context.getBean(type);
	}

	TestDatabase database() {
		return this.database;
	}

	/** Sends a request with an admin token. */
	Answer send(String method, String path, @Nullable String token, @Nullable Object body) {
		return send((request) -> (token != null) ? request.header("Authorization", "Bearer " + token) : request, method,
				path, "application/json", (body instanceof String text) ? text : written(body));
	}

	Answer admin(String method, String path, @Nullable Object body) {
		return send(method, path, ADMIN, body);
	}

	Answer get(String path) {
		return admin("GET", path, null);
	}

	Answer yaml(String path, String body) {
		return send((request) -> request.header("Authorization", "Bearer " + ADMIN), "POST", path, "application/yaml",
				body);
	}

	Answer send(UnaryOperator<HttpRequest.Builder> headers, String method, String path, String type,
			@Nullable String body) {
		HttpRequest.Builder request = HttpRequest.newBuilder(URI.create(this.base + path))
			.method(method,
					(body != null) ? HttpRequest.BodyPublishers.ofString(body) : HttpRequest.BodyPublishers.noBody());
		if (body != null) {
			request.header("Content-Type", type);
		}
		try {
			return new Answer(this.client.send(headers.apply(request).build(),
					HttpResponse.BodyHandlers.ofString(StandardCharsets.UTF_8)));
		}
		catch (IOException ex) {
			throw new IllegalStateException(ex);
		}
		catch (InterruptedException ex) {
			Thread.currentThread().interrupt();
			throw new IllegalStateException(ex);
		}
	}

	private static @Nullable String written(@Nullable Object body) {
		return (body != null) ? JSON.writeValueAsString(body) : null;
	}

	@Override
	public void close() {
		this.context.close();
		this.database.close();
	}

	/** An answer. */
	record Answer(HttpResponse<String> response) {

		int status() {
			return this.response.statusCode();
		}

		String text() {
			return this.response.body();
		}

		JsonNode json() {
			return JSON.readTree(this.response.body());
		}

		/** Returns the text at a JSON pointer. */
		String at(String pointer) {
			return json().at(pointer).asString();
		}

	}

}
