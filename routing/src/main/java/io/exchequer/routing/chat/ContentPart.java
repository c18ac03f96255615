package io.exchequer.routing.chat;

import org.jspecify.annotations.Nullable;

/**
 * A part of a message.
 */
public sealed interface ContentPart {

	/** Returns whether the provider is asked to cache the prompt up to here, or null. */
	@Nullable CacheMark cacheMark();

	/**
	 * A text.
	 *
	 * @param text may be empty
	 */
	record Text(String text, @Nullable CacheMark cacheMark) implements ContentPart {

		/** Makes a text without a mark. */
		public Text(String text) {
			this(text, null);
		}

	}

	/**
	 * An image.
	 *
	 * @param detail {@code low}, {@code high}, {@code auto} or another that the client
	 * gave, or null
	 */
	record Image(MediaSource source, @Nullable String detail, @Nullable CacheMark cacheMark) implements ContentPart {
	}

	/**
	 * A recording.
	 *
	 * @param format such as {@code wav} or {@code mp3}
	 */
	record Audio(MediaSource source, String format, @Nullable CacheMark cacheMark) implements ContentPart {
	}

	/**
	 * A document.
	 *
	 * @param filename the client's name of it, or null
	 */
	record Document(MediaSource source, @Nullable String filename,
			@Nullable CacheMark cacheMark) implements ContentPart {
	}

	/** What the model once refused with; only in an assistant's message. */
	record Refusal(String text) implements ContentPart {

		@Override
		public @Nullable CacheMark cacheMark() {
			return null;
		}

	}

	/**
	 * The model's reasoning; only in an assistant's message.
	 *
	 * @param text what was shown of it, may be empty
	 * @param signature the provider's proof that it wrote the text, to be given back as
	 * it came, or null where the provider has none
	 */
	record Reasoning(String text, @Nullable String signature) implements ContentPart {

		@Override
		public @Nullable CacheMark cacheMark() {
			return null;
		}

	}

	/**
	 * Reasoning that the provider shows to nobody; only in an assistant's message.
	 *
	 * @param data to be given back as it came
	 */
	record HiddenReasoning(String data) implements ContentPart {

		@Override
		public @Nullable CacheMark cacheMark() {
			return null;
		}

	}

}
