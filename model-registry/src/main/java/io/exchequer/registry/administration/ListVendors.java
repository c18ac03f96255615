package io.exchequer.registry.administration;

import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

import io.exchequer.registry.Provider;
import org.jspecify.annotations.Nullable;

/**
 * Whose prices the providers of a list are. A kind that speaks to one vendor only is the
 * vendor; the kind of OpenAI's wire speaks to anybody, so there the host tells who it is.
 */
final class ListVendors {

	private static final String ANY_WIRE = "openai";

	/** By the list's names, which stand before the model's in most of its entries too. */
	private static final List<Vendor> VENDORS = List.of(
			vendor(List.of("openai", "text-completion-openai"), List.of(), "api.openai.com"),
			vendor(List.of("azure", "azure_text"), List.of("azure-openai"), "openai.azure.com"),
			vendor(List.of("azure_ai"), List.of("azure-ai"), "services.ai.azure.com", "models.ai.azure.com"),
			vendor(List.of("anthropic"), List.of("anthropic"), "api.anthropic.com"),
			vendor(List.of("gemini"), List.of("gemini", "google", "google-genai"), "generativelanguage.googleapis.com"),
			vendor(List.of("vertex_ai"), List.of("vertex", "vertex-ai", "google-vertex"), "aiplatform.googleapis.com"),
			vendor(List.of("bedrock", "bedrock_converse"), List.of("bedrock", "aws-bedrock", "bedrock-converse")),
			vendor(List.of("mistral"), List.of("mistral"), "api.mistral.ai"),
			vendor(List.of("codestral", "text-completion-codestral"), List.of(), "codestral.mistral.ai"),
			vendor(List.of("cohere", "cohere_chat"), List.of("cohere"), "api.cohere.com", "api.cohere.ai"),
			vendor(List.of("ollama"), List.of("ollama")), vendor(List.of("ai21"), List.of(), "api.ai21.com"),
			vendor(List.of("anyscale"), List.of(), "anyscale.com"),
			vendor(List.of("baseten"), List.of(), "inference.baseten.co"),
			vendor(List.of("cerebras"), List.of(), "api.cerebras.ai"),
			vendor(List.of("cloudflare"), List.of(), "api.cloudflare.com"),
			vendor(List.of("crusoe"), List.of(), "api.crusoe.ai"),
			vendor(List.of("dashscope"), List.of(), "dashscope.aliyuncs.com", "dashscope-intl.aliyuncs.com",
					"dashscope-us.aliyuncs.com"),
			vendor(List.of("databricks"), List.of(), "cloud.databricks.com", "azuredatabricks.net"),
			vendor(List.of("deepinfra"), List.of(), "api.deepinfra.com"),
			vendor(List.of("deepseek"), List.of("deepseek"), "api.deepseek.com"),
			vendor(List.of("featherless_ai"), List.of(), "api.featherless.ai"),
			vendor(List.of("fireworks_ai", "fireworks_ai-embedding-models"), List.of(), "api.fireworks.ai"),
			vendor(List.of("friendliai"), List.of(), "api.friendli.ai"),
			vendor(List.of("gmi"), List.of(), "api.gmi-serving.com"),
			vendor(List.of("groq"), List.of(), "api.groq.com"),
			vendor(List.of("hyperbolic"), List.of(), "api.hyperbolic.xyz"),
			vendor(List.of("inception", "text-completion-inception"), List.of(), "api.inceptionlabs.ai"),
			vendor(List.of("jina_ai"), List.of(), "api.jina.ai"),
			vendor(List.of("lambda_ai"), List.of(), "api.lambda.ai"),
			vendor(List.of("meta_llama", "meta"), List.of(), "api.llama.com"),
			vendor(List.of("minimax"), List.of(), "api.minimax.io"),
			vendor(List.of("moonshot"), List.of(), "api.moonshot.ai", "api.moonshot.cn"),
			vendor(List.of("morph"), List.of(), "api.morphllm.com"),
			vendor(List.of("nebius"), List.of(), "api.studio.nebius.com", "api.studio.nebius.ai",
					"api.tokenfactory.nebius.com"),
			vendor(List.of("novita"), List.of(), "api.novita.ai"),
			vendor(List.of("nscale"), List.of(), "api.nscale.com"),
			vendor(List.of("nvidia_nim"), List.of(), "integrate.api.nvidia.com"),
			vendor(List.of("openrouter"), List.of(), "openrouter.ai"),
			vendor(List.of("ovhcloud"), List.of(), "endpoints.kepler.ai.cloud.ovh.net", "ai.cloud.ovh.net"),
			vendor(List.of("perplexity"), List.of(), "api.perplexity.ai"),
			vendor(List.of("sambanova"), List.of(), "api.sambanova.ai"),
			vendor(List.of("scaleway"), List.of(), "api.scaleway.ai"),
			vendor(List.of("together_ai"), List.of(), "api.together.xyz", "api.together.ai"),
			vendor(List.of("v0"), List.of(), "api.v0.dev"),
			vendor(List.of("vercel_ai_gateway"), List.of(), "ai-gateway.vercel.sh"),
			vendor(List.of("volcengine"), List.of(), "volces.com"),
			vendor(List.of("voyage"), List.of(), "api.voyageai.com"),
			vendor(List.of("wandb"), List.of(), "api.inference.wandb.ai"),
			vendor(List.of("xai"), List.of(), "api.x.ai"), vendor(List.of("zai"), List.of(), "api.z.ai"));

	private ListVendors() {
	}

	private static Vendor vendor(List<String> listNames, List<String> kinds, String... hosts) {
		return new Vendor(listNames, kinds, List.of(hosts));
	}

	/**
	 * Returns the vendor that a list calls so, or null where it is none that is known.
	 */
	static @Nullable Vendor of(String listName) {
		for (Vendor vendor : VENDORS) {
			if (vendor.isCalled(listName)) {
				return vendor;
			}
		}
		return null;
	}

	/**
	 * A vendor.
	 *
	 * @param listNames what lists call it; {@code vertex_ai-…} is {@code vertex_ai} too
	 * @param kinds the kinds of provider that speak to it alone
	 * @param hosts the hosts at which it speaks OpenAI's wire, with all below them
	 */
	record Vendor(List<String> listNames, List<String> kinds, List<String> hosts) {

		boolean isCalled(String listName) {
			return this.listNames.stream().anyMatch((name) -> listName.equals(name) || listName.startsWith(name + "-"));
		}

		/** Returns the names by which it may know the model of an entry. */
		List<String> models(String entry) {
			List<String> models = new ArrayList<>();
			models.add(entry);
			for (String prefix : this.listNames) {
				if (entry.startsWith(prefix + "/")) {
					models.add(entry.substring(prefix.length() + 1));
				}
			}
			return models;
		}

		/** Returns whether a provider is this vendor. */
		boolean is(Provider provider) {
			return this.kinds.contains(provider.kind())
					|| (provider.kind().equals(ANY_WIRE) && hostOf(provider) != null);
		}

		/**
		 * Returns the region that calls to a provider are bound to, as its host begins,
		 * or an empty text where it names none.
		 */
		String region(Provider provider) {
			String host = host(provider);
			String own = hostOf(provider);
			return (own != null && host.length() > own.length()) ? host.substring(0, host.length() - own.length() - 1)
					: "";
		}

		private @Nullable String hostOf(Provider provider) {
			String host = host(provider);
			for (String own : this.hosts) {
				if (host.equals(own) || host.endsWith("." + own)) {
					return own;
				}
			}
			return null;
		}

		private static String host(Provider provider) {
			if (provider.baseUrl().isEmpty()) {
				return "";
			}
			String host = URI.create(provider.baseUrl()).getHost();
			return (host != null) ? host.toLowerCase(Locale.ROOT) : "";
		}

	}

}
