package io.exchequer.routing.provider.translated;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;

import io.exchequer.routing.chat.ChatRequest;
import io.exchequer.routing.chat.Uncarried;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * Gathers what a provider has no place for. Used by one thread, for one request.
 */
public final class Lacks {

	/** What is said to the platform, or to whoever stores the answer; not to a model. */
	private static final Set<String> NOT_FOR_MODELS = Set.of("metadata", "store");

	/** Hints and ways of drawing tokens: without them the same is asked for. */
	private static final Set<String> HINTS = Set.of("verbosity", "prediction", "prompt_cache_key",
			"prompt_cache_retention", "safety_identifier", "safe_prompt", "min_p", "top_a", "typical_p",
			"repetition_penalty", "length_penalty", "logit_bias", "seed", "random_seed", "top_k", "keep_alive",
			"use_beam_search", "best_of", "cache_prompt", "id_slot", "timings_per_token");

	private final List<Uncarried> found = new ArrayList<>(0);

	Lacks() {
	}

	/** Adds a member that cannot be left out without changing what is asked for. */
	public void refuse(String param, String advice) {
		this.found.add(new Uncarried(param, advice, false));
	}

	/** Adds a member that the request keeps its meaning without. */
	public void drop(String param, String advice) {
		this.found.add(new Uncarried(param, advice, true));
	}

	/** Adds such a member where it has a value. */
	public void dropIfGiven(String param, @Nullable Object value, String provider) {
		if (value != null) {
			drop(param, provider + " has no place for '" + param + "': leave it out, or allow it to be dropped");
		}
	}

	/**
	 * Adds the further members that the provider does not carry, and what was not read.
	 * @param carried the names among {@link ChatRequest#others()} that it does
	 */
	public void others(ChatRequest request, Set<String> carried, String provider) {
		request.others().forEach((name, value) -> {
			if (carried.contains(name) || NOT_FOR_MODELS.contains(name) || saysNothing(name, value)) {
				return;
			}
			String advice = provider + " has no place for '" + name + "'";
			if (HINTS.contains(name)) {
				drop(name, advice + ": leave it out, or allow it to be dropped");
			}
			else {
				refuse(name, advice + ": leave it out, or use another model");
			}
		});
		for (String path : request.unread()) {
			refuse(path, provider + " has no place for '" + path + "': leave it out, or use another model");
		}
	}

	/** What only repeats the usual. */
	private static boolean saysNothing(String name, JsonNode value) {
		return switch (name) {
			case "modalities" -> value.size() == 1 && value.get(0).asString("").equals("text");
			case "best_of" -> value.isNumber() && value.asInt() == 1;
			default -> value.isContainer() && value.isEmpty();
		};
	}

	List<Uncarried> found() {
		return List.copyOf(this.found);
	}

}
