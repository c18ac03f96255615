package io.exchequer.admin;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

import org.junit.jupiter.api.Test;
import tools.jackson.databind.SerializationFeature;
import tools.jackson.databind.json.JsonMapper;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Compares the API's description with the committed {@code openapi.json}. Run with
 * {@code -Dopenapi.update=true} to write it anew after a wanted change.
 */
class OpenApiIT {

	private static final Path COMMITTED = Path.of("..", "openapi.json");

	private static final JsonMapper JSON = JsonMapper.builder()
		.enable(SerializationFeature.INDENT_OUTPUT, SerializationFeature.ORDER_MAP_ENTRIES_BY_KEYS)
		.build();

	@Test
	void describesTheApiAsItIsCommitted() throws IOException {
		try (Platform platform = new Platform()) {
			Platform.Answer answer = platform.send("GET", "/v3/api-docs", null, null);
			assertThat(answer.status()).as(answer.text()).isEqualTo(200);
			String described = JSON.writeValueAsString(JSON.readValue(answer.text(), Object.class)) + "\n";
			if (Boolean.getBoolean("openapi.update")) {
				Files.writeString(COMMITTED, described);
			}
			assertThat(described).isEqualTo(Files.readString(COMMITTED));
		}
	}

}
