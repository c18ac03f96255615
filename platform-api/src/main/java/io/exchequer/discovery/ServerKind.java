package io.exchequer.discovery;

import java.util.Map;

/** The kinds of model server that are known by their answers. */
enum ServerKind {

	OLLAMA("ollama", "Ollama", 11434, Map.of()),
	VLLM("vllm", "vLLM", 8000, Map.of("assistantPrefill", "continue-final-message")),
	LLAMA_CPP("llama-cpp", "llama.cpp", 8080, Map.of("assistantPrefill", "message")),
	LM_STUDIO("lm-studio", "LM Studio", 1234, Map.of());

	private final String text;

	private final String displayName;

	private final int usualPort;

	private final Map<String, String> openAiSettings;

	ServerKind(String text, String displayName, int usualPort, Map<String, String> openAiSettings) {
		this.text = text;
		this.displayName = displayName;
		this.usualPort = usualPort;
		this.openAiSettings = openAiSettings;
	}

	/** Returns the name of a provider of this kind on its usual port. */
	String text() {
		return this.text;
	}

	String displayName() {
		return this.displayName;
	}

	/** Returns the name of the provider that a server on a port becomes. */
	String providerName(int port) {
		return (port == this.usualPort) ? this.text : this.text + "-" + port;
	}

	/** Returns where its wire differs from what is usual for OpenAI's. */
	Map<String, String> openAiSettings() {
		return this.openAiSettings;
	}

}
