package io.exchequer.registry;

/** A kind of content that goes into or comes out of a model. */
public enum Modality {

	TEXT, IMAGE, AUDIO, VIDEO, FILE, EMBEDDING

}
