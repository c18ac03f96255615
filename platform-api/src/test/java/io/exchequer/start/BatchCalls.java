package io.exchequer.start;

import java.io.IOException;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublisher;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.util.List;

import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Files and batches of the {@link MeteredWorld}, by plain HTTP.
 */
final class BatchCalls {

	private BatchCalls() {
	}

	/** Sends a file of requests, and returns its identifier. */
	static String upload(PlatformProcess platform, BodyPublisher content) throws IOException {
		BodyPublisher form = BodyPublishers.concat(
				BodyPublishers
					.ofString("--b\r\nContent-Disposition: form-data; name=\"purpose\"\r\n\r\nbatch\r\n--b\r\n"
							+ "Content-Disposition: form-data; name=\"file\"; filename=\"input.jsonl\"\r\n\r\n"),
				content, BodyPublishers.ofString("\r\n--b--\r\n"));
		return json(
				platform.send(request(platform, "/v1/files").header("Content-Type", "multipart/form-data; boundary=b")
					.POST(form)
					.build()))
			.get("id")
			.asString();
	}

	/** Makes a batch of chats, and returns its identifier. */
	static String create(PlatformProcess platform, String file) throws IOException {
		return json(platform.send(request(platform, "/v1/batches").header("Content-Type", "application/json")
			.POST(BodyPublishers.ofString("{\"input_file_id\":\"" + file
					+ "\",\"endpoint\":\"/v1/chat/completions\",\"completion_window\":\"24h\"}"))
			.build())).get("id").asString();
	}

	static void cancel(PlatformProcess platform, String batch) throws IOException {
		json(platform
			.send(request(platform, "/v1/batches/" + batch + "/cancel").POST(BodyPublishers.noBody()).build()));
	}

	static JsonNode get(PlatformProcess platform, String path) throws IOException {
		return json(platform.send(request(platform, path).build()));
	}

	/** Returns the lines of a file of results. */
	static List<JsonNode> lines(PlatformProcess platform, String file) throws IOException {
		return platform.send(request(platform, "/v1/files/" + file + "/content").build())
			.body()
			.lines()
			.map((line) -> JsonMapper.shared().readTree(line))
			.toList();
	}

	static HttpRequest.Builder request(PlatformProcess platform, String path) {
		return HttpRequest.newBuilder(platform.uri(path)).header("Authorization", "Bearer " + MeteredWorld.KEY);
	}

	private static JsonNode json(HttpResponse<String> answer) {
		assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
		return JsonMapper.shared().readTree(answer.body());
	}

}
