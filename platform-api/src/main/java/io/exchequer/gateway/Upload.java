package io.exchequer.gateway;

import java.io.IOException;
import java.io.InputStream;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;

import io.exchequer.batch.StoredFile;
import io.exchequer.batch.StoredFileWriter;
import jakarta.servlet.http.HttpServletRequest;
import org.apache.tomcat.util.http.fileupload.FileItemIterator;
import org.apache.tomcat.util.http.fileupload.FileItemStream;
import org.apache.tomcat.util.http.fileupload.FileUpload;
import org.apache.tomcat.util.http.fileupload.servlet.ServletRequestContext;
import org.jspecify.annotations.Nullable;

/**
 * Reads a file out of a multipart body as it arrives: nothing of it is kept in memory or
 * on disk. Its parts may come in any order. Used by one thread.
 */
final class Upload {

	private static final int BUFFER = 16 * 1024;

	private static final int PARTS_MAX = 32;

	private static final int PART_HEADER_MAX = 8 * 1024;

	private static final int FIELD_MAX = 4 * 1024;

	private static final int NAME_MAX = 255;

	private static final Set<String> PURPOSES = Set.of(StoredFile.BATCH, "user_data", "assistants", "fine-tune",
			"vision", "evals");

	private static final Duration KEPT_LEAST = Duration.ofHours(1);

	private static final Duration KEPT_MOST = Duration.ofDays(30);

	private final StoredFileWriter writer;

	private final long longest;

	private final long deadline;

	private final Map<String, String> fields = new HashMap<>();

	private @Nullable String name;

	/**
	 * Makes an upload.
	 * @param longest the most bytes of the file
	 * @param timeout the longest it may take
	 */
	Upload(StoredFileWriter writer, long longest, Duration timeout) {
		this.writer = writer;
		this.longest = longest;
		this.deadline = System.nanoTime() + timeout.toNanos();
	}

	/**
	 * Reads the whole body.
	 * @throws Rejection if it is no multipart form with a file, too long, too slow, or
	 * broken off
	 */
	void read(HttpServletRequest request) throws Rejection {
		FileUpload form = new FileUpload();
		form.setPartHeaderSizeMax(PART_HEADER_MAX);
		form.setHeaderEncoding(StandardCharsets.UTF_8.name());
		try {
			FileItemIterator parts = form.getItemIterator(new ServletRequestContext(request));
			for (int count = 1; parts.hasNext(); count++) {
				if (count > PARTS_MAX) {
					throw Rejection.of(400, "invalid_multipart", "The form has more than " + PARTS_MAX + " parts.");
				}
				read(parts.next());
			}
		}
		catch (IOException ex) {
			throw timedOut(ex) ? tooSlow() : Rejection.of(400, "incomplete_body",
					"The multipart body is malformed, or ended before its last boundary. Nothing of it was kept.");
		}
		if (this.name == null) {
			throw missing("file");
		}
	}

	private void read(FileItemStream part) throws IOException, Rejection {
		try (InputStream in = part.openStream()) {
			if (!"file".equals(part.getFieldName())) {
				field(String.valueOf(part.getFieldName()), in);
				return;
			}
			if (this.name != null) {
				throw Rejection.invalid("invalid_multipart", "The form has more than one file.", "file");
			}
			this.name = plain(part.getName());
			byte[] buffer = new byte[BUFFER];
			for (int count = in.read(buffer); count >= 0; count = in.read(buffer)) {
				if (this.writer.bytes() + count > this.longest) {
					throw tooLarge(this.longest);
				}
				this.writer.write(buffer, 0, count);
				if (System.nanoTime() - this.deadline > 0) {
					throw tooSlow();
				}
			}
		}
	}

	private void field(String field, InputStream in) throws IOException, Rejection {
		byte[] value = in.readNBytes(FIELD_MAX + 1);
		if (value.length > FIELD_MAX) {
			throw Rejection.invalid("invalid_value", "The value is longer than " + FIELD_MAX + " bytes.", field);
		}
		this.fields.put(field, new String(value, StandardCharsets.UTF_8).strip());
	}

	/** A name is shown, never a path that anybody opens. */
	private static String plain(@Nullable String sent) {
		String name = (sent != null) ? sent.substring(Math.max(sent.lastIndexOf('/'), sent.lastIndexOf('\\')) + 1) : "";
		name = name.codePoints()
			.filter((character) -> !Character.isISOControl(character))
			.limit(NAME_MAX)
			.collect(StringBuilder::new, StringBuilder::appendCodePoint, StringBuilder::append)
			.toString();
		return name.isBlank() ? "upload" : name;
	}

	/** Returns the file's name. */
	String name() {
		return String.valueOf(this.name);
	}

	/**
	 * Returns what the file is for.
	 * @throws Rejection if the form does not say, or it is nothing that files are for
	 */
	String purpose() throws Rejection {
		String purpose = this.fields.get("purpose");
		if (purpose == null) {
			throw missing("purpose");
		}
		if (!PURPOSES.contains(purpose)) {
			throw Rejection.invalid("invalid_value",
					"'purpose' must be one of " + String.join(", ", PURPOSES.stream().sorted().toList()) + ".",
					"purpose");
		}
		return purpose;
	}

	/**
	 * Returns how long the file is to be kept, or null where the form does not say.
	 * @throws Rejection if it is not an hour to 30 days from its creation
	 */
	@Nullable Duration keptFor() throws Rejection {
		String anchor = this.fields.get("expires_after[anchor]");
		String seconds = this.fields.get("expires_after[seconds]");
		if (anchor == null && seconds == null) {
			return null;
		}
		return keptFor("expires_after", anchor, seconds);
	}

	/**
	 * Reads how long something is to be kept.
	 * @param param the member's name
	 * @throws Rejection if it is not an hour to 30 days from its creation
	 */
	static Duration keptFor(String param, @Nullable String anchor, @Nullable String seconds) throws Rejection {
		try {
			Duration kept = Duration.ofSeconds(Long.parseLong((seconds != null) ? seconds : ""));
			if ("created_at".equals(anchor) && kept.compareTo(KEPT_LEAST) >= 0 && kept.compareTo(KEPT_MOST) <= 0) {
				return kept;
			}
		}
		catch (NumberFormatException _) {
			// Told below.
		}
		throw Rejection.invalid("invalid_value", "'" + param + "' must have the anchor 'created_at' and "
				+ KEPT_LEAST.toSeconds() + " to " + KEPT_MOST.toSeconds() + " seconds.", param);
	}

	private static boolean timedOut(Throwable ex) {
		for (Throwable cause = ex; cause != null; cause = cause.getCause()) {
			if (cause instanceof SocketTimeoutException) {
				return true;
			}
		}
		return false;
	}

	static Rejection tooLarge(long longest) {
		return Rejection.of(413, "file_too_large", "The file is longer than " + longest + " bytes.");
	}

	private static Rejection tooSlow() {
		return Rejection.of(408, "request_timeout", "The file was not sent in time. Nothing of it was kept.");
	}

	private static Rejection missing(String param) {
		return Rejection.invalid("missing_required_parameter", "Missing required parameter: '" + param + "'.", param);
	}

}
