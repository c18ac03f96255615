package io.exchequer.admin;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.stream.Stream;

import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;
import tools.jackson.dataformat.yaml.YAMLMapper;

import org.springframework.stereotype.Component;

/**
 * The world of an installation that nobody has configured yet: a file like any other.
 */
@Component
public class DemoWorld {

	private static final String FILE = "/demo-world.yaml";

	private static final String KEY = "/tenants/0/teams/0/projects/0/keys/0";

	private final ConfigurationFiles files;

	DemoWorld(ConfigurationFiles files) {
		this.files = files;
	}

	/**
	 * Applies it in one transaction, as whoever acts.
	 * @param keySecret the secret of its one virtual key, or null for a random one
	 * @return the key's random secret; null where it was given, or the key was there
	 * already
	 */
	public @Nullable String apply(@Nullable String keySecret) {
		YAMLMapper yaml = AdminMappers.yaml();
		JsonNode world;
		try (InputStream file = DemoWorld.class.getResourceAsStream(FILE)) {
			world = yaml.readTree(file);
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
		if (keySecret != null && world.at(KEY) instanceof ObjectNode key) {
			key.put("secret", keySecret);
		}
		ConfigurationFile file = this.files.read(yaml.writeValueAsBytes(world), false);
		return this.files.apply(file, false)
			.changes()
			.stream()
			.map(ConfigurationFiles.Applied::secret)
			.flatMap((secret) -> (secret != null) ? Stream.of(secret) : Stream.empty())
			.findFirst()
			.orElse(null);
	}

}
