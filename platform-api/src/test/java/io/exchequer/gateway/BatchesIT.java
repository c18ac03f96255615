package io.exchequer.gateway;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.math.BigDecimal;
import java.net.Socket;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.IntStream;

import com.openai.client.OpenAIClient;
import com.openai.client.okhttp.OpenAIOkHttpClient;
import com.openai.core.JsonValue;
import com.openai.core.MultipartField;
import com.openai.errors.BadRequestException;
import com.openai.errors.NotFoundException;
import com.openai.errors.OpenAIServiceException;
import com.openai.models.batches.Batch;
import com.openai.models.batches.BatchCreateParams;
import com.openai.models.batches.BatchError;
import com.openai.models.batches.BatchListParams;
import com.openai.models.files.FileCreateParams;
import com.openai.models.files.FileListParams;
import com.openai.models.files.FileObject;
import com.openai.models.files.FilePurpose;
import io.exchequer.tenancy.IssuedKey;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * Files and batches by the official OpenAI client, against the started platform.
 */
class BatchesIT {

	private static final JsonMapper JSON = JsonMapper.shared();

	private static final Duration PATIENCE = Duration.ofMinutes(2);

	private static final int LINES = 12;

	private static RecordingUpstream upstream;

	private static StartedPlatform platform;

	/** The shared client's: what a request cost is told to its own key only. */
	private static String clientKey;

	private static OpenAIClient client;

	@BeforeAll
	static void start() throws IOException {
		upstream = new RecordingUpstream();
		platform = new StartedPlatform(upstream.baseUrl(), "exchequer.batch.poll=50ms", "exchequer.batch.file-max=3MB",
				"exchequer.batch.line-max=64KB", "exchequer.batch.requests-max=20000", "exchequer.batch.errors-max=7");
		clientKey = platform.key();
		client = client(clientKey);
	}

	@AfterAll
	static void stop() {
		client.close();
		platform.close();
		upstream.close();
	}

	@Test
	void keepsAFileAndGivesItBackByteForByte() throws IOException {
		byte[] content = new byte[700_001];
		for (int i = 0; i < content.length; i++) {
			content[i] = (byte) (i * 31 + i / 251);
		}
		FileObject file = client.files()
			.create(FileCreateParams.builder()
				.purpose(FilePurpose.USER_DATA)
				.file(MultipartField.<InputStream>builder()
					.value(new ByteArrayInputStream(content))
					.filename("../notes \u00e9.bin")
					.contentType("application/octet-stream")
					.build())
				.expiresAfter(FileCreateParams.ExpiresAfter.builder().seconds(7200).build())
				.build());
		assertThat(file.bytes()).isEqualTo(content.length);
		assertThat(file.filename()).isEqualTo("notes \u00e9.bin");
		assertThat(file.purpose().asString()).isEqualTo("user_data");
		assertThat(file._additionalProperties()).isEmpty();
		assertThat(file.expiresAt()).contains(file.createdAt() + 7200);
		assertThat(client.files().retrieve(file.id())).isEqualTo(file);
		assertThat(client.files().content(file.id()).body().readAllBytes()).isEqualTo(content);
		assertThat(platform
			.update("UPDATE file_chunk SET sealed = sealed WHERE position('\\x1f3e5d7c9bbad9f8'::bytea IN sealed) > 0"))
			.as("chunks with plain content")
			.isZero();
		assertThat(client.files().delete(file.id()).deleted()).isTrue();
		assertThatExceptionOfType(NotFoundException.class).isThrownBy(() -> client.files().retrieve(file.id()));
		assertThatExceptionOfType(NotFoundException.class).isThrownBy(() -> client.files().content(file.id()));
	}

	@Test
	void pagesTheFilesOfAProject() {
		OpenAIClient own = client(platform.keyOfAnotherProject("paging"));
		List<String> ids = IntStream.range(0, 5).mapToObj((i) -> upload(own, "{}\n").id()).toList();
		List<String> listed = new ArrayList<>();
		own.files()
			.list(FileListParams.builder().limit(2).order(FileListParams.Order.ASC).purpose("batch").build())
			.autoPager()
			.forEach((file) -> listed.add(file.id()));
		assertThat(listed).containsExactlyElementsOf(ids.stream().sorted().toList());
		assertThat(own.files().list(FileListParams.builder().purpose("vision").build()).data()).isEmpty();
		own.close();
	}

	@Test
	void showsNothingToAnotherProjectOrTenant() {
		FileObject file = upload(client, line(1, "a"));
		Batch batch = create(client, file, "/v1/chat/completions");
		for (String key : List.of(platform.keyOfAnotherProject("stranger"), platform.keyOfAnotherTenant())) {
			OpenAIClient stranger = client(key);
			assertThat(stranger.files().list().data()).isEmpty();
			assertThat(stranger.batches().list().data()).isEmpty();
			assertThatExceptionOfType(NotFoundException.class).isThrownBy(() -> stranger.files().retrieve(file.id()));
			assertThatExceptionOfType(NotFoundException.class).isThrownBy(() -> stranger.files().content(file.id()));
			assertThatExceptionOfType(NotFoundException.class).isThrownBy(() -> stranger.files().delete(file.id()));
			assertThatExceptionOfType(NotFoundException.class)
				.isThrownBy(() -> stranger.batches().retrieve(batch.id()));
			assertThatExceptionOfType(NotFoundException.class).isThrownBy(() -> stranger.batches().cancel(batch.id()));
			assertThatExceptionOfType(BadRequestException.class)
				.isThrownBy(() -> create(stranger, file, "/v1/chat/completions"))
				.satisfies((ex) -> assertThat(ex.code()).contains("file_not_found"));
			stranger.close();
		}
		OpenAIClient colleague = client(platform.key());
		assertThat(colleague.batches().retrieve(batch.id()).id()).isEqualTo(batch.id());
		colleague.close();
		awaitEnd(client, batch);
	}

	@Test
	void runsABatchAndWritesEachResultOnce() throws IOException {
		StringBuilder input = new StringBuilder();
		for (int i = 1; i <= LINES; i++) {
			input.append(line(i, "Say hello"));
		}
		input.append("{\"custom_id\":\"unknown\",\"method\":\"POST\",\"url\":\"/v1/chat/completions\","
				+ "\"body\":{\"model\":\"no-such-model\",\"messages\":[{\"role\":\"user\",\"content\":\"a\"}]}}\r\n\n");
		input.append("{\"custom_id\":\"streamed\",\"method\":\"POST\",\"url\":\"/v1/chat/completions\",\"body\":"
				+ "{\"model\":\"sim\",\"stream\":true,\"messages\":[{\"role\":\"user\",\"content\":\"a\"}]}}");
		FileObject file = upload(client, input.toString());
		Batch made = client.batches()
			.create(BatchCreateParams.builder()
				.inputFileId(file.id())
				.endpoint(BatchCreateParams.Endpoint.V1_CHAT_COMPLETIONS)
				.completionWindow(BatchCreateParams.CompletionWindow._24H)
				.metadata(BatchCreateParams.Metadata.builder()
					.putAdditionalProperty("why", JsonValue.from("a test"))
					.build())
				.build());
		assertThat(made.status()).isEqualTo(Batch.Status.VALIDATING);
		assertThat(made.expiresAt()).contains(made.createdAt() + 86_400);
		Batch batch = awaitEnd(client, made);
		assertThat(batch.status()).as(String.valueOf(batch)).isEqualTo(Batch.Status.COMPLETED);
		assertThat(batch.requestCounts().orElseThrow().total()).isEqualTo(LINES + 2);
		assertThat(batch.requestCounts().orElseThrow().completed()).isEqualTo(LINES);
		assertThat(batch.requestCounts().orElseThrow().failed()).isEqualTo(2);
		assertThat(batch.errors()).isEmpty();
		List<JsonNode> results = lines(client, batch.outputFileId().orElseThrow());
		assertThat(results).extracting((result) -> result.get("custom_id").asString())
			.containsExactlyElementsOf(IntStream.rangeClosed(1, LINES).mapToObj((i) -> "line-" + i).toList());
		for (JsonNode result : results) {
			assertThat(result.get("id").asString()).startsWith("batch_req_");
			assertThat(result.get("error").isNull()).isTrue();
			assertThat(result.at("/response/status_code").asInt()).isEqualTo(200);
			assertThat(result.at("/response/body/choices/0/message/content").asString()).isNotBlank();
			JsonNode cost = JSON.readTree(get("/requests/" + result.at("/response/request_id").asString()).body());
			assertThat(cost.get("settled").asBoolean()).isTrue();
			assertThat(cost.get("attempts").size()).isEqualTo(1);
		}
		List<JsonNode> errors = lines(client, batch.errorFileId().orElseThrow());
		assertThat(errors)
			.extracting((error) -> error.get("custom_id").asString() + ' ' + error.at("/response/status_code").asInt()
					+ ' ' + error.at("/response/body/error/code").asString())
			.containsExactly("unknown 404 model_not_found", "streamed 400 unsupported_value");
		assertThat(client.files().retrieve(batch.outputFileId().orElseThrow()).purpose().asString())
			.isEqualTo("batch_output");
		assertThat(platform.count("hold") + platform.count("reserve_share") + platform.count("batch_line")).isZero();
		List<String> listed = new ArrayList<>();
		client.batches()
			.list(BatchListParams.builder().limit(1).build())
			.autoPager()
			.forEach((one) -> listed.add(one.id()));
		assertThat(listed).contains(batch.id()).doesNotHaveDuplicates();
	}

	@Test
	void runsEmbeddings() throws IOException {
		FileObject file = upload(client, """
				{"custom_id":"e","method":"POST","url":"/v1/embeddings","body":{"model":"minilm","input":["a cat"]}}
				""");
		Batch batch = awaitEnd(client, create(client, file, "/v1/embeddings"));
		JsonNode result = lines(client, batch.outputFileId().orElseThrow()).getFirst();
		assertThat(result.at("/response/body/data/0/embedding").size()).isEqualTo(384);
	}

	@Test
	void admitsABatchWholeOrNotAtAllAndLetsOnlineRequestsHaveTheRest() throws Exception {
		IssuedKey key = platform.limitedKey(1, 1);
		OpenAIClient own = client(key.secret());
		String input = line(1, "a") + line(2, "b") + line(3, "c");
		platform.budget(key, key.key().name(), "0.0001");
		Batch refused = awaitEnd(own, create(own, upload(own, input), "/v1/chat/completions"));
		assertThat(refused.status()).isEqualTo(Batch.Status.FAILED);
		assertThat(errors(refused)).singleElement().satisfies((error) -> {
			assertThat(error.code()).contains("budget_exceeded");
			assertThat(error.message().orElseThrow()).contains("'" + key.key().name() + "'");
		});
		assertThat(platform.count("hold") + platform.count("reserve_share") + platform.count("batch_line")).isZero();
		assertThat(balance(key, "held")).isZero();
		long worst = worstCase(refused);
		limit(key, worst);
		Batch batch = awaitEnd(own, create(own, upload(own, input), "/v1/chat/completions"));
		assertThat(batch.status()).as(String.valueOf(batch)).isEqualTo(Batch.Status.COMPLETED);
		assertThat(batch.requestCounts().orElseThrow().completed()).isEqualTo(3);
		assertThat(balance(key, "held")).isZero();
		assertThat(balance(key, "settled")).isPositive().isLessThanOrEqualTo(worst);
		own.close();
	}

	/** Sets the limit of the budget that is named as a key. */
	private static void limit(IssuedKey key, long nanos) {
		platform.update("UPDATE budget SET hard_limit_nanos = " + nanos + " WHERE name = '" + key.key().name() + "'");
		platform.refreshed();
	}

	/** Reads the batch's worst case from what it was told. */
	private static long worstCase(Batch refused) {
		String amount = errors(refused).getFirst()
			.message()
			.orElseThrow()
			.replaceAll("(?s).*may cost up to ([0-9.]+) USD.*", "$1");
		return new BigDecimal(amount).movePointRight(9).longValueExact();
	}

	@Test
	void cancelsABatchAndGivesBackWhatItHeld() throws IOException {
		IssuedKey key = platform.limitedKey(null, null);
		OpenAIClient own = client(key.secret());
		platform.budget(key, key.key().name(), "1000");
		StringBuilder input = new StringBuilder();
		for (int i = 1; i <= 3000; i++) {
			input.append(line(i, "Tell me a long story"));
		}
		FileObject file = upload(own, input.toString());
		Batch batch = create(own, file, "/v1/chat/completions");
		Awaitility.await()
			.atMost(PATIENCE)
			.until(() -> own.batches().retrieve(batch.id()).requestCounts().orElseThrow().completed() > 0);
		assertThatExceptionOfType(OpenAIServiceException.class).isThrownBy(() -> own.files().delete(file.id()))
			.satisfies((ex) -> assertThat(ex.code()).contains("file_in_use"));
		assertThat(own.batches().cancel(batch.id()).status()).isIn(Batch.Status.CANCELLING, Batch.Status.CANCELLED);
		Batch ended = awaitEnd(own, batch);
		assertThat(ended.status()).isEqualTo(Batch.Status.CANCELLED);
		Set<String> ids = new TreeSet<>();
		List<JsonNode> results = new ArrayList<>(lines(own, ended.outputFileId().orElseThrow()));
		List<JsonNode> errors = lines(own, ended.errorFileId().orElseThrow());
		assertThat(errors.getLast().at("/error/code").asString()).isEqualTo("batch_cancelled");
		results.addAll(errors);
		results.forEach((result) -> assertThat(ids.add(result.get("custom_id").asString())).isTrue());
		assertThat(ids).hasSize(3000);
		assertThat(balance(key, "held")).isZero();
		assertThat(platform.count("hold") + platform.count("reserve_share") + platform.count("batch_line")).isZero();
		Batch over = awaitEnd(own, create(own, upload(own, "no json"), "/v1/chat/completions"));
		assertThatExceptionOfType(OpenAIServiceException.class).isThrownBy(() -> own.batches().cancel(over.id()))
			.satisfies((ex) -> assertThat(ex.statusCode()).isEqualTo(409));
		own.close();
	}

	@Test
	void triesAgainWhatMetAPassingFailureAndWhatItHeldServesAgain() throws IOException {
		IssuedKey key = platform.limitedKey(null, null);
		OpenAIClient own = client(key.secret());
		upstream.forget();
		for (int failure = 0; failure < 2; failure++) {
			upstream.prepare(429, "application/json", "{\"error\":{\"message\":\"slow down\"}}".getBytes());
		}
		upstream.prepare(200, "application/json", ("{\"id\":\"c\",\"object\":\"chat.completion\",\n\"choices\":["
				+ "{\"index\":0,\"message\":{\"role\":\"assistant\",\"content\":\"a\"},\"finish_reason\":\"stop\"}],\r\n"
				+ "\"usage\":{\"prompt_tokens\":3,\"completion_tokens\":1,\"total_tokens\":4}}")
			.getBytes());
		String input = line(1, "a").replace("\"sim\"", "\"wire\"");
		platform.budget(key, key.key().name(), "0.000001");
		Batch refused = awaitEnd(own, create(own, upload(own, input), "/v1/chat/completions"));
		limit(key, worstCase(refused));
		Batch batch = awaitEnd(own, create(own, upload(own, input), "/v1/chat/completions"));
		assertThat(batch.requestCounts().orElseThrow().completed()).isEqualTo(1);
		assertThat(lines(own, batch.outputFileId().orElseThrow()).getFirst()
			.at("/response/body/choices/0/message/content")
			.asString()).isEqualTo("a");
		assertThat(balance(key, "held")).isZero();
		assertThat(balance(key, "settled")).isEqualTo(3 * 500 + 1500);
		own.close();
	}

	@Test
	void endsABatchWhoseTimeIsOverWithWhatWasAnswered() throws IOException {
		OpenAIClient own = client(platform.keyOfAnotherProject("slow"));
		StringBuilder input = new StringBuilder();
		for (int i = 1; i <= 3000; i++) {
			input.append(line(i, "Tell me a long story"));
		}
		Batch batch = create(own, upload(own, input.toString()), "/v1/chat/completions");
		Awaitility.await()
			.atMost(PATIENCE)
			.until(() -> own.batches().retrieve(batch.id()).requestCounts().orElseThrow().completed() > 0);
		platform.update("UPDATE batch SET expires_at = now() WHERE status = 'in_progress' AND total = 3000");
		Batch ended = awaitEnd(own, batch);
		assertThat(ended.status()).isEqualTo(Batch.Status.EXPIRED);
		List<JsonNode> answers = lines(own, ended.outputFileId().orElseThrow());
		List<JsonNode> errors = lines(own, ended.errorFileId().orElseThrow());
		assertThat(answers.size() + errors.size()).isEqualTo(3000);
		assertThat(errors.getLast().at("/error/code").asString()).isEqualTo("batch_expired");
		assertThat(platform.count("reserve_share") + platform.count("batch_line")).isZero();
		own.close();
	}

	@Test
	void runsNoMoreForAKeyThatIsRevoked() throws IOException {
		IssuedKey key = platform.limitedKey(null, null);
		OpenAIClient own = client(key.secret());
		StringBuilder input = new StringBuilder();
		for (int i = 1; i <= 1000; i++) {
			input.append(line(i, "Tell me a long story"));
		}
		Batch batch = create(own, upload(own, input.toString()), "/v1/chat/completions");
		Awaitility.await()
			.atMost(PATIENCE)
			.until(() -> own.batches().retrieve(batch.id()).requestCounts().orElseThrow().completed() > 0);
		platform.revoke(key);
		Batch ended = awaitEnd(client, batch);
		assertThat(ended.status()).isEqualTo(Batch.Status.COMPLETED);
		List<JsonNode> errors = lines(client, ended.errorFileId().orElseThrow());
		assertThat(errors.getLast().at("/response/status_code").asInt()).isEqualTo(401);
		assertThat(errors.getLast().at("/response/body/error/code").asString()).isEqualTo("invalid_api_key");
		own.close();
	}

	@Test
	void tellsWhatIsWrongWithAnInput() {
		String input = """
				{"custom_id":"a","method":"POST","url":"/v1/chat/completions","body":{"model":"sim","messages":[]}}
				not json
				{"custom_id":"a","method":"POST","url":"/v1/chat/completions","body":{}}
				{"custom_id":"b","method":"GET","url":"/v1/chat/completions","body":{}}
				{"custom_id":"c","method":"POST","url":"/v1/embeddings","body":{}}
				{"method":"POST","url":"/v1/chat/completions","body":{}}
				{"custom_id":"d","method":"POST","url":"/v1/chat/completions","body":7}
				{"custom_id":"e","method":"POST","url":"/v1/chat/completions"}
				{"custom_id":"f
				""";
		Batch batch = awaitEnd(client, create(client, upload(client, input), "/v1/chat/completions"));
		assertThat(batch.status()).isEqualTo(Batch.Status.FAILED);
		assertThat(errors(batch)).extracting((error) -> error.line().orElse(0L) + " " + error.code().orElseThrow())
			.containsExactly("2 invalid_json_line", "3 duplicate_custom_id", "4 invalid_method", "5 url_mismatch",
					"6 missing_required_parameter", "7 invalid_type", "8 missing_required_parameter");
		Batch empty = awaitEnd(client, create(client, upload(client, "\n \n"), "/v1/chat/completions"));
		assertThat(errors(empty)).extracting((error) -> error.code().orElseThrow()).containsExactly("empty_file");
		Batch longLine = awaitEnd(client,
				create(client, upload(client, line(1, "x".repeat(70_000))), "/v1/chat/completions"));
		assertThat(errors(longLine)).extracting((error) -> error.code().orElseThrow()).containsExactly("line_too_long");
	}

	@Test
	void refusesMoreRequestsThanABatchMayHaveAndReadsNoFurther() {
		StringBuilder input = new StringBuilder();
		for (int i = 1; i <= 25_000; i++) {
			input.append("{\"custom_id\":\"")
				.append(i)
				.append("\",\"method\":\"POST\",\"url\":\"/v1/embeddings\",")
				.append("\"body\":{}}\n");
		}
		Batch batch = awaitEnd(client, create(client, upload(client, input.toString()), "/v1/embeddings"));
		assertThat(batch.status()).isEqualTo(Batch.Status.FAILED);
		assertThat(errors(batch)).extracting((error) -> error.code().orElseThrow()).containsExactly("too_many_tasks");
		assertThat(platform.count("batch_line") + platform.count("reserve_share")).isZero();
	}

	@Test
	void takesABatchOnceForOneIdempotencyKey() throws Exception {
		FileObject file = upload(client, line(1, "a"));
		String body = "{\"input_file_id\":\"" + file.id()
				+ "\",\"endpoint\":\"/v1/chat/completions\",\"completion_window\":\"24h\"}";
		String key = platform.key();
		HttpResponse<byte[]> first = batch(key, body, "Idempotency-Key", "once");
		assertThat(first.statusCode()).as(new String(first.body(), StandardCharsets.UTF_8)).isEqualTo(200);
		HttpResponse<byte[]> again = batch(key, body, "Idempotency-Key", "once");
		assertThat(JSON.readTree(again.body()).get("id")).isEqualTo(JSON.readTree(first.body()).get("id"));
		assertThat(batch(key, body + " ", "Idempotency-Key", "once").statusCode()).isEqualTo(422);
		assertThat(batch(key, body.replace("24h", "1h")).statusCode()).isEqualTo(400);
		assertThat(batch(key, body.replace("/v1/chat", "/v1/chats")).statusCode()).isEqualTo(400);
		assertThat(batch(key, body, "X-Exchequer-Tags", "user:somebody").statusCode()).isEqualTo(400);
		Awaitility.await()
			.atMost(PATIENCE)
			.until(() -> JSON.readTree(get("/batches/" + JSON.readTree(first.body()).get("id").asString()).body())
				.get("status")
				.asString()
				.equals("completed"));
	}

	@Test
	void refusesAFileThatIsTooLongAndKeepsNothingOfIt() {
		OpenAIClient own = client(platform.keyOfAnotherProject("long"));
		assertThatExceptionOfType(OpenAIServiceException.class)
			.isThrownBy(() -> upload(own, "x".repeat(3 * 1024 * 1024 + 1)))
			.satisfies((ex) -> assertThat(ex.statusCode()).isEqualTo(413));
		assertThat(filesOf("long")).isZero();
		own.close();
	}

	@Test
	void keepsNothingOfAFormThatIsCutOffOrWrong() throws Exception {
		String start = "--b\r\nContent-Disposition: form-data; name=\"purpose\"\r\n\r\nbatch\r\n"
				+ "--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"f.jsonl\"\r\n\r\n"
				+ "x".repeat(600_000);
		String type = "multipart/form-data; boundary=b";
		String key = platform.keyOfAnotherProject("cut");
		assertThat(form(key, start, type)).isEqualTo("400 incomplete_body");
		assertThat(form(key, start + "\r\n--b--\r\n".substring(0, 4), type)).isEqualTo("400 incomplete_body");
		assertThat(
				form(key, start.replace("name=\"file\"", "name=\"other\"").substring(0, 300) + "\r\n--b--\r\n", type))
			.isEqualTo("400 missing_required_parameter");
		assertThat(form(key, start.replace("batch\r\n", "nothing\r\n") + "\r\n--b--\r\n", type))
			.isEqualTo("400 invalid_value");
		assertThat(form(key, start, "multipart/form-data")).isEqualTo("400 incomplete_body");
		assertThat(form(key, "{}", "application/json")).isEqualTo("415 unsupported_media_type");
		assertThat(filesOf("cut")).isZero();
		assertThat(form(key, start + "\r\n--b--\r\n", type)).isEqualTo("200 ");
		assertThat(filesOf("cut")).isEqualTo(1);
	}

	@Test
	void keepsNothingOfAFileWhoseClientGoesAway() throws Exception {
		String key = platform.keyOfAnotherProject("gone");
		try (Socket socket = new Socket("localhost", platform.port())) {
			socket.getOutputStream()
				.write(("POST /v1/files HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer " + key
						+ "\r\nContent-Type: multipart/form-data; boundary=b\r\nContent-Length: 2000000\r\n\r\n"
						+ "--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"f\"\r\n\r\n"
						+ "x".repeat(700_000))
					.getBytes(StandardCharsets.US_ASCII));
			Awaitility.await().atMost(PATIENCE).until(() -> filesOf("gone") == 1);
		}
		Awaitility.await().atMost(PATIENCE).until(() -> filesOf("gone") == 0);
	}

	/** Returns how many files a project has, those that are being written included. */
	private static long filesOf(String project) {
		return platform.count("stored_file f JOIN project p ON p.tenant_id = f.tenant_id AND p.id = f.project_id "
				+ "WHERE p.name = '" + project + "'");
	}

	private static String form(String key, String body, String type) throws Exception {
		HttpResponse<byte[]> answer = platform.post(key, "/files", body.getBytes(StandardCharsets.US_ASCII),
				"Content-Type", type);
		return answer.statusCode() + " " + JSON.readTree(answer.body()).at("/error/code").asString("");
	}

	private static HttpResponse<byte[]> batch(String key, String body, String... headers) throws Exception {
		return platform.post(key, "/batches", body.getBytes(StandardCharsets.UTF_8), headers);
	}

	private static HttpResponse<String> get(String path) throws IOException {
		try {
			return platform.get(clientKey, path);
		}
		catch (InterruptedException ex) {
			Thread.currentThread().interrupt();
			throw new IOException(ex);
		}
	}

	/** Returns what is settled or held on the budget that is named as a key. */
	private static long balance(IssuedKey key, String column) {
		return platform.sum("SELECT coalesce(sum(b." + column
				+ "), 0) FROM balance b JOIN budget g ON g.id = b.budget_id WHERE g.name = '" + key.key().name() + "'");
	}

	private static List<BatchError> errors(Batch batch) {
		return batch.errors().orElseThrow().data().orElseThrow();
	}

	private static Batch create(OpenAIClient with, FileObject file, String endpoint) {
		return with.batches()
			.create(BatchCreateParams.builder()
				.inputFileId(file.id())
				.endpoint(BatchCreateParams.Endpoint.of(endpoint))
				.completionWindow(BatchCreateParams.CompletionWindow._24H)
				.build());
	}

	private static Batch awaitEnd(OpenAIClient with, Batch batch) {
		return Awaitility.await()
			.atMost(PATIENCE)
			.until(() -> with.batches().retrieve(batch.id()),
					(now) -> Set
						.of(Batch.Status.COMPLETED, Batch.Status.FAILED, Batch.Status.CANCELLED, Batch.Status.EXPIRED)
						.contains(now.status()));
	}

	private static List<JsonNode> lines(OpenAIClient with, String fileId) throws IOException {
		String content = new String(with.files().content(fileId).body().readAllBytes(), StandardCharsets.UTF_8);
		assertThat(content).endsWith("\n");
		return content.lines().map((line) -> JSON.readTree(line)).toList();
	}

	private static FileObject upload(OpenAIClient with, String content) {
		return with.files()
			.create(FileCreateParams.builder()
				.purpose(FilePurpose.BATCH)
				.file(content.getBytes(StandardCharsets.UTF_8))
				.build());
	}

	private static String line(int number, String text) {
		return "{\"custom_id\":\"line-" + number + "\",\"method\":\"POST\",\"url\":\"/v1/chat/completions\",\"body\":"
				+ "{\"model\":\"sim\",\"max_completion_tokens\":40,\"messages\":[{\"role\":\"user\",\"content\":\""
				+ text + "\"}]}}\n";
	}

	private static OpenAIClient client(String key) {
		return OpenAIOkHttpClient.builder().apiKey(key).baseUrl(platform.baseUrl()).maxRetries(0).build();
	}

}
