package io.exchequer.routing.wire;

/**
 * What a request's body says of things that are billed by other units than tokens. What
 * an endpoint has none of is 0.
 *
 * @param count how many images are asked for, documents are ranked, or texts are judged
 * @param bytes the bytes of all documents together
 * @param longestBytes the bytes of the longest document
 * @param queryBytes the bytes of the query that each document is ranked by
 * @param pixelsEach the pixels of each image, or -1 where the request leaves its size to
 * the provider
 * @param characters the Unicode characters (code points) of the text to be spoken
 */
public record UnitFacts(int count, long bytes, int longestBytes, int queryBytes, long pixelsEach, int characters) {

	/** No such things. */
	public static final UnitFacts NONE = new UnitFacts(0, 0, 0, 0, -1, 0);

	static UnitFacts documents(int count, long bytes, int longestBytes, int queryBytes) {
		return new UnitFacts(count, bytes, longestBytes, queryBytes, -1, 0);
	}

	static UnitFacts texts(int count) {
		return new UnitFacts(count, 0, 0, 0, -1, 0);
	}

	static UnitFacts images(int count, long pixelsEach) {
		return new UnitFacts(count, 0, 0, 0, pixelsEach, 0);
	}

	static UnitFacts speech(int characters) {
		return new UnitFacts(0, 0, 0, 0, -1, characters);
	}

}
