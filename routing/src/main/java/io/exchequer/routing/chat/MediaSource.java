package io.exchequer.routing.chat;

import org.jspecify.annotations.Nullable;

/**
 * Where an image's, a document's or a recording's bytes are.
 */
public sealed interface MediaSource {

	/**
	 * In the request itself.
	 *
	 * @param mediaType such as {@code image/png}, in lower case
	 * @param base64 the bytes in base64, without a data URL's head; not yet checked to be
	 * what the media type says
	 */
	record Inline(String mediaType, String base64) implements MediaSource {
	}

	/**
	 * At an address, for the provider to fetch; the platform does not.
	 *
	 * @param url as the client gave it
	 * @param mediaType what the client says it is, or null
	 */
	record Remote(String url, @Nullable String mediaType) implements MediaSource {
	}

	/**
	 * At the provider, uploaded before.
	 *
	 * @param fileId the provider's identifier
	 */
	record Uploaded(String fileId) implements MediaSource {
	}

}
