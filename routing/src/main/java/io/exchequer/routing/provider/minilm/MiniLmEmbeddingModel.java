package io.exchequer.routing.provider.minilm;

import java.util.ArrayList;
import java.util.List;

import org.springframework.ai.chat.metadata.DefaultUsage;
import org.springframework.ai.document.Document;
import org.springframework.ai.embedding.Embedding;
import org.springframework.ai.embedding.EmbeddingModel;
import org.springframework.ai.embedding.EmbeddingRequest;
import org.springframework.ai.embedding.EmbeddingResponse;
import org.springframework.ai.embedding.EmbeddingResponseMetadata;
import org.springframework.stereotype.Component;

/**
 * The embedding model inside the process, all-MiniLM-L6-v2: 384 numbers of length 1 for a
 * text, of which the first 256 word pieces count. It is loaded on first use, and runs on
 * the calling thread.
 */
@Component
public final class MiniLmEmbeddingModel implements EmbeddingModel, AutoCloseable {

	private static final String NAME = "all-minilm-l6-v2";

	private final MiniLmEncoder encoder = new MiniLmEncoder();

	@Override
	public EmbeddingResponse call(EmbeddingRequest request) {
		List<Embedding> embeddings = new ArrayList<>();
		int tokens = 0;
		for (String text : request.getInstructions()) {
			MiniLmEncoder.Encoded encoded = encode(text);
			tokens += encoded.tokens();
			embeddings.add(new Embedding(encoded.vector(), embeddings.size()));
		}
		return new EmbeddingResponse(embeddings, new EmbeddingResponseMetadata(NAME, new DefaultUsage(tokens, 0)));
	}

	@Override
	public float[] embed(Document document) {
		String text = document.getText();
		return encode((text != null) ? text : "").vector();
	}

	@Override
	public int dimensions() {
		return MiniLmEncoder.DIMENSIONS;
	}

	/** Embeds a text, and says how much of it was read. */
	MiniLmEncoder.Encoded encode(String text) {
		return this.encoder.encode(text);
	}

	@Override
	public void close() {
		this.encoder.close();
	}

}
