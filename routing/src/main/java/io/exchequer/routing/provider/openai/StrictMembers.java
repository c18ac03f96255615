package io.exchequer.routing.provider.openai;

import io.exchequer.routing.chat.Uncarried;
import io.exchequer.routing.wire.Addition;

/**
 * What becomes of a request's additions at a server that takes OpenAI's own members and
 * no others.
 */
final class StrictMembers {

	private StrictMembers() {
	}

	/** Says why an addition has no place there, and whether it may be left out. */
	static Uncarried uncarried(Addition addition) {
		String path = addition.path();
		return switch (addition.kind()) {
			case TOP_K -> drop(path, "OpenAI's API has no place for '" + path + "'");
			case THINKING -> drop(path, "OpenAI's API has 'reasoning_effort' for '" + path
					+ "', which stands for a 'type' and 'budget_tokens' alone");
			case REASONING -> drop(path, "OpenAI's API takes no reasoning back, as in '" + path + "'");
			case CALL_EXTRAS -> drop(path, "OpenAI's API has no place for '" + path + "'");
			case FAILURE -> refuse(path, "'" + path + "' must be true or false");
			case TOOL_MEDIA -> refuse(path, "OpenAI's API takes only text from tools: send '" + path
					+ "' in a user's message, or use another model");
			case UPLOADED_IMAGE -> refuse(path, "OpenAI's API takes images inline or by URL, not as '" + path
					+ "': send it so, or use another model");
			case REMOTE_DOCUMENT -> refuse(path, "OpenAI's API takes documents inline or uploaded, not as '" + path
					+ "': send it so, or use another model");
		};
	}

	private static Uncarried drop(String path, String why) {
		return new Uncarried(path, why + ": leave it out, or allow it to be dropped", true);
	}

	private static Uncarried refuse(String path, String advice) {
		return new Uncarried(path, advice, false);
	}

}
