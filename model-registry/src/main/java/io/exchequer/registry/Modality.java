package io.exchequer.registry;

/** A kind of content that goes into or comes out of a model. */
public enum Modality {

	TEXT, IMAGE, AUDIO, VIDEO, FILE, EMBEDDING,
	/** An order of documents by their relevance, as reranking models write it. */
	RANKING,
	/** A judgement of content by categories of harm, as moderation models write it. */
	MODERATION

}
