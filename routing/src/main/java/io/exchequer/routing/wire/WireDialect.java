package io.exchequer.routing.wire;

import java.util.Locale;
import java.util.Map;

import io.exchequer.registry.Deployment;
import org.jspecify.annotations.Nullable;

/**
 * Where servers with OpenAI's wire format differ.
 *
 * @param outputLimitMember the member that limits the output: {@code max_tokens}, which
 * every server but OpenAI's newer models knows, or {@code max_completion_tokens}
 * @param renameOutputLimit whether a client's limit under the other member is renamed,
 * because the server would ignore it and the output would have no bound
 * @param streamUsage whether {@code stream_options.include_usage} may be sent; where it
 * may not, the server has to send the usage by itself
 * @param strict whether the server refuses members that OpenAI's own API does not have;
 * others mostly pass over them, or know them
 */
public record WireDialect(String outputLimitMember, boolean renameOutputLimit, boolean streamUsage, boolean strict) {

	/** The option that names the output limit's member. */
	public static final String OUTPUT_LIMIT_MEMBER = "outputLimitMember";

	/**
	 * The option that says whether a client's limit under the other member is renamed:
	 * {@code false} for a server that is known to heed both.
	 */
	public static final String RENAME_OUTPUT_LIMIT = "renameOutputLimit";

	/** The option that says whether the stream's usage may be asked for. */
	public static final String STREAM_USAGE = "streamUsage";

	/** The option that says whether the server refuses members it does not know. */
	public static final String STRICT_MEMBERS = "strictMembers";

	/** The member every server knows. */
	public static final String MAX_TOKENS = "max_tokens";

	/** The member OpenAI and Azure ask for. */
	public static final String MAX_COMPLETION_TOKENS = "max_completion_tokens";

	/**
	 * OpenAI's own: it heeds either member, or says that it does not, and refuses what it
	 * does not know.
	 */
	public static final WireDialect OPENAI = new WireDialect(MAX_COMPLETION_TOKENS, false, true, true);

	/**
	 * Any other server: many pass over {@code max_completion_tokens} without a word, and
	 * their answer would have no bound.
	 */
	public static final WireDialect COMPATIBLE = new WireDialect(MAX_TOKENS, true, true, false);

	/**
	 * Returns the dialect of a deployment: its own options, else its provider's settings,
	 * else what its kind and host suggest. Only {@code false} itself leaves a client's
	 * limit under its name: whatever else stands there, the output keeps its bound.
	 */
	public static WireDialect of(Deployment deployment) {
		WireDialect usual = usual(deployment);
		String member = option(deployment, OUTPUT_LIMIT_MEMBER);
		String rename = option(deployment, RENAME_OUTPUT_LIMIT);
		String usage = option(deployment, STREAM_USAGE);
		String strict = passesBytesOn(deployment) ? option(deployment, STRICT_MEMBERS) : null;
		if (member == null && rename == null && usage == null && strict == null) {
			return usual;
		}
		boolean renames = member != null || usual.renameOutputLimit;
		return new WireDialect((member != null) ? member : usual.outputLimitMember,
				(rename != null) ? !rename.equals("false") : renames,
				(usage != null) ? Boolean.parseBoolean(usage) : usual.streamUsage,
				(strict != null) ? Boolean.parseBoolean(strict) : usual.strict);
	}

	/**
	 * Checks options or settings that say what a server's dialect is.
	 * @throws IllegalArgumentException if one is not usable
	 */
	public static void check(Map<String, String> options) {
		requireTrueOrFalse(options, STREAM_USAGE);
		requireTrueOrFalse(options, RENAME_OUTPUT_LIMIT);
		requireTrueOrFalse(options, STRICT_MEMBERS);
		String member = option(options, OUTPUT_LIMIT_MEMBER);
		if (member != null && !member.matches("[A-Za-z_][A-Za-z0-9_]{0,63}")) {
			throw new IllegalArgumentException(
					OUTPUT_LIMIT_MEMBER + " must be a member's name, such as " + MAX_COMPLETION_TOKENS);
		}
	}

	private static void requireTrueOrFalse(Map<String, String> options, String name) {
		String value = option(options, name);
		if (value != null && !value.equals("true") && !value.equals("false")) {
			throw new IllegalArgumentException(name + " must be true or false");
		}
	}

	private static WireDialect usual(Deployment deployment) {
		if (deployment.provider().kind().equals("azure-openai")) {
			return OPENAI;
		}
		String url = deployment.provider().baseUrl().toLowerCase(Locale.ROOT);
		return (url.startsWith("https://api.openai.com/") || url.equals("https://api.openai.com")) ? OPENAI
				: COMPATIBLE;
	}

	/** A translated provider is sent what it carries, whatever its options say. */
	private static boolean passesBytesOn(Deployment deployment) {
		String kind = deployment.provider().kind();
		return kind.equals("openai") || kind.equals("azure-openai");
	}

	/** Returns a deployment's own option, else its provider's setting, or null. */
	static @Nullable String option(Deployment deployment, String name) {
		String own = option(deployment.settings().options(), name);
		return (own != null) ? own : option(deployment.provider().settings(), name);
	}

	private static @Nullable String option(Map<String, String> options, String name) {
		return options.isEmpty() ? null : options.get(name);
	}

}
