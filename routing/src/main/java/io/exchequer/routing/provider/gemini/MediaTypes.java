package io.exchequer.routing.provider.gemini;

import java.util.Locale;
import java.util.Map;
import java.util.Set;

import org.jspecify.annotations.Nullable;

/** What the models read. */
final class MediaTypes {

	private static final Set<String> IMAGES = Set.of("image/png", "image/jpeg", "image/webp", "image/heic",
			"image/heif");

	private static final Map<String, String> AUDIO = Map.of("wav", "audio/wav", "mp3", "audio/mp3", "aiff",
			"audio/aiff", "aac", "audio/aac", "ogg", "audio/ogg", "flac", "audio/flac");

	private static final Map<String, String> BY_EXTENSION = Map.ofEntries(Map.entry("png", "image/png"),
			Map.entry("jpg", "image/jpeg"), Map.entry("jpeg", "image/jpeg"), Map.entry("webp", "image/webp"),
			Map.entry("heic", "image/heic"), Map.entry("heif", "image/heif"), Map.entry("pdf", "application/pdf"),
			Map.entry("txt", "text/plain"), Map.entry("md", "text/markdown"), Map.entry("csv", "text/csv"),
			Map.entry("html", "text/html"), Map.entry("xml", "text/xml"), Map.entry("mp4", "video/mp4"),
			Map.entry("mov", "video/mov"), Map.entry("webm", "video/webm"), Map.entry("wav", "audio/wav"),
			Map.entry("mp3", "audio/mp3"), Map.entry("flac", "audio/flac"), Map.entry("ogg", "audio/ogg"));

	private MediaTypes() {
	}

	/** Returns an image's type as the API names it. */
	static String image(String given) {
		return given.equals("image/jpg") ? "image/jpeg" : given;
	}

	static boolean isImage(String type) {
		return IMAGES.contains(image(type));
	}

	/** Returns a recording's type, or null where the models do not read its format. */
	static @Nullable String audio(String format) {
		return AUDIO.get(format.toLowerCase(Locale.ROOT));
	}

	static boolean isDocument(String type) {
		return type.equals("application/pdf") || type.startsWith("text/") || type.startsWith("video/") || isImage(type)
				|| type.startsWith("audio/");
	}

	/** Returns the type that an address tells by its end, or null where it tells none. */
	static @Nullable String ofUrl(String url) {
		String path = url;
		for (char end : new char[] { '#', '?' }) {
			int at = path.indexOf(end);
			path = (at >= 0) ? path.substring(0, at) : path;
		}
		int dot = path.lastIndexOf('.');
		return (dot > path.lastIndexOf('/')) ? BY_EXTENSION.get(path.substring(dot + 1).toLowerCase(Locale.ROOT))
				: null;
	}

}
