package io.exchequer.gateway;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.Semaphore;

import io.exchequer.batch.BatchSettings;
import io.exchequer.batch.FileStore;
import io.exchequer.batch.Owner;
import io.exchequer.batch.StoredFile;
import io.exchequer.batch.StoredFileWriter;
import io.exchequer.configuration.ConfigurationSource;
import io.exchequer.gateway.BodyMemory.Reservation;
import io.exchequer.tenancy.KeyIdentity;
import jakarta.servlet.ServletOutputStream;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import org.jspecify.annotations.Nullable;

import org.springframework.beans.factory.ObjectProvider;

/**
 * Keeps files, in OpenAI's form. Every key of a project sees the project's.
 */
final class FilesHandler {

	private static final int PAGE_MAX = 10_000;

	private static final int BUFFER = 64 * 1024;

	/**
	 * What a file takes in memory while it comes or goes: its chunks and their buffers.
	 */
	private static final long MEMORY = 1024 * 1024;

	/** What a form may have beside its file. */
	private static final long FORM_MAX = 256 * 1024;

	private final GatewaySettings settings;

	private final BatchSettings limits;

	private final ConfigurationSource configurations;

	private final Authenticator authenticator;

	private final BodyMemory memory;

	private final ObjectProvider<FileStore> files;

	private final Semaphore places;

	FilesHandler(GatewaySettings settings, BatchSettings limits, ConfigurationSource configurations,
			Authenticator authenticator, BodyMemory memory, ObjectProvider<FileStore> files) {
		this.settings = settings;
		this.limits = limits;
		this.configurations = configurations;
		this.authenticator = authenticator;
		this.memory = memory;
		this.files = files;
		this.places = new Semaphore(limits.uploadsMax());
	}

	/** Lists files, or takes one. */
	void all(Exchange exchange) throws IOException, Rejection {
		Owner owner = owner(exchange);
		if (exchange.method().equals("POST")) {
			Answers.json(exchange.response(), json(upload(exchange.request(), owner)));
			return;
		}
		list(exchange, owner);
	}

	private void list(Exchange exchange, Owner owner) throws IOException, Rejection {
		HttpServletRequest request = exchange.request();
		int limit = StoredIds.limit(request, PAGE_MAX, PAGE_MAX);
		UUID after = StoredIds.after(request, StoredIds.FILE);
		List<StoredFile> found = this.files.getObject()
			.list(owner, request.getParameter("purpose"), after, ascending(request), limit + 1);
		Answers.json(exchange.response(), page(found.stream().map(FilesHandler::json).toList(), limit));
	}

	private static boolean ascending(HttpServletRequest request) throws Rejection {
		String order = request.getParameter("order");
		if (order != null && !order.equals("asc") && !order.equals("desc")) {
			throw Rejection.invalid("invalid_value", "'order' must be 'asc' or 'desc'.", "order");
		}
		return "asc".equals(order);
	}

	/**
	 * Returns a page in OpenAI's form.
	 * @param found one more than the limit where there is more
	 */
	static Map<String, Object> page(List<Map<String, @Nullable Object>> found, int limit) {
		List<Map<String, @Nullable Object>> data = new ArrayList<>(found.subList(0, Math.min(limit, found.size())));
		Map<String, Object> page = new LinkedHashMap<>();
		page.put("object", "list");
		page.put("data", data);
		if (!data.isEmpty()) {
			page.put("first_id", String.valueOf(data.getFirst().get("id")));
			page.put("last_id", String.valueOf(data.getLast().get("id")));
		}
		page.put("has_more", found.size() > limit);
		return page;
	}

	private StoredFile upload(HttpServletRequest request, Owner owner) throws Rejection {
		String type = request.getContentType();
		if (type == null || !type.toLowerCase(Locale.ROOT).startsWith("multipart/form-data")) {
			throw Rejection.of(415, "unsupported_media_type",
					"Send the file as multipart/form-data, with the fields 'file' and 'purpose'.");
		}
		if (request.getHeader("Content-Encoding") != null) {
			throw Rejection.of(415, "unsupported_content_encoding", "Send the form uncompressed.");
		}
		long longest = this.limits.fileMax().toBytes();
		if (request.getContentLengthLong() > longest + FORM_MAX) {
			throw Upload.tooLarge(longest);
		}
		FileStore store = this.files.getObject();
		if (!store.hasRoom(owner.tenant(), Math.max(0, request.getContentLengthLong() - FORM_MAX))) {
			throw overQuota();
		}
		if (!this.places.tryAcquire()) {
			throw overloaded();
		}
		try (Reservation reservation = this.memory.open()) {
			if (!reservation.grow(MEMORY)) {
				throw overloaded();
			}
			return take(request, store, owner);
		}
		finally {
			this.places.release();
		}
	}

	private StoredFile take(HttpServletRequest request, FileStore store, Owner owner) throws Rejection {
		try (StoredFileWriter writer = store.begin(owner)) {
			Upload upload = new Upload(writer, this.limits.fileMax().toBytes(), this.limits.uploadTimeout());
			upload.read(request);
			Optional<StoredFile> kept = writer.finish(upload.purpose(), upload.name(), upload.keptFor());
			return kept.orElseThrow(this::overQuota);
		}
	}

	private Rejection overloaded() {
		return new Rejection(Errors.overloaded("Too many files are being sent at once. Try again shortly.",
				this.settings.retryAfter()));
	}

	private Rejection overQuota() {
		return Rejection.of(403, "storage_quota_exceeded",
				"The tenant's files may take " + this.limits.tenantMax().toBytes() + " bytes together, and be "
						+ this.limits.tenantFilesMax() + " at most. Delete some, or let them expire.");
	}

	/** Tells of a file, or deletes it. */
	void one(Exchange exchange, String idText) throws IOException, Rejection {
		Owner owner = owner(exchange);
		if (!exchange.method().equals("DELETE")) {
			Answers.json(exchange.response(), json(find(owner, idText)));
			return;
		}
		UUID id = StoredIds.parse(StoredIds.FILE, idText).orElseThrow(FilesHandler::notFound);
		switch (this.files.getObject().delete(owner, id)) {
			case DELETED -> Answers.json(exchange.response(), Map.of("id", idText, "object", "file", "deleted", true));
			case NOT_FOUND -> throw notFound();
			case IN_USE -> throw Rejection.of(409, "file_in_use",
					"A batch that has not ended reads this file. Cancel it, or wait for its end.");
		}
	}

	/** Sends a file's content. */
	void content(Exchange exchange, String idText) throws IOException, Rejection {
		Owner owner = owner(exchange);
		StoredFile file = find(owner, idText);
		try (Reservation reservation = this.memory.open(); InputStream content = this.files.getObject().open(file)) {
			if (!reservation.grow(MEMORY)) {
				throw overloaded();
			}
			HttpServletResponse response = exchange.response();
			response.setContentType("application/octet-stream");
			response.setContentLengthLong(file.bytes());
			response.setHeader("X-Content-Type-Options", "nosniff");
			response.setHeader("Content-Disposition", "attachment; filename*=UTF-8''"
					+ URLEncoder.encode(file.name(), StandardCharsets.UTF_8).replace("+", "%20"));
			if (!exchange.method().equals("HEAD")) {
				send(content, response.getOutputStream());
			}
			response.flushBuffer();
		}
	}

	private static void send(InputStream content, ServletOutputStream out) throws IOException {
		byte[] buffer = new byte[BUFFER];
		for (int count = read(content, buffer); count >= 0; count = read(content, buffer)) {
			out.write(buffer, 0, count);
		}
	}

	/**
	 * What fails here is not the client: the connection must not end as if all was sent.
	 */
	private static int read(InputStream content, byte[] buffer) {
		try {
			return content.read(buffer);
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
	}

	private StoredFile find(Owner owner, String idText) throws Rejection {
		return StoredIds.parse(StoredIds.FILE, idText)
			.flatMap((id) -> this.files.getObject().find(owner, id))
			.orElseThrow(FilesHandler::notFound);
	}

	private static Rejection notFound() {
		return Rejection.of(404, "file_not_found", "The key's project has no such file.");
	}

	private Owner owner(Exchange exchange) throws Rejection {
		return ownerOf(this.authenticator.authenticate(exchange.request(), this.configurations.current(),
				exchange.receivedAt()));
	}

	static Owner ownerOf(KeyIdentity identity) {
		return new Owner(identity.tenant(), identity.project(), identity.key());
	}

	private static Map<String, @Nullable Object> json(StoredFile file) {
		Map<String, @Nullable Object> members = new LinkedHashMap<>();
		members.put("id", StoredIds.text(StoredIds.FILE, file.id()));
		members.put("object", "file");
		members.put("bytes", file.bytes());
		members.put("created_at", file.createdAt().getEpochSecond());
		members.put("expires_at", file.expiresAt().getEpochSecond());
		members.put("filename", file.name());
		members.put("purpose", file.purpose());
		members.put("status", "processed");
		members.put("status_details", null);
		return members;
	}

}
