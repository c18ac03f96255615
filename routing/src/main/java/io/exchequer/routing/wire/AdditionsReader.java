package io.exchequer.routing.wire;

/**
 * Reads members that OpenAI's own form does not have, and notes them in the request's
 * {@link Additions}. Nothing that is wrong with them is refused here: most servers take
 * what they do not know. Each method is called at a member's value and leaves it passed.
 */
final class AdditionsReader {

	private AdditionsReader() {
	}

	/** Reads a hint, which says nothing to a server that does not know it. */
	static void hint(RequestParser parser, ParsedRequest request) throws InvalidRequestException {
		int begin = parser.begin();
		parser.skip();
		request.beyondOpenAi().member(begin, parser.end());
	}

	/** Reads a member that OpenAI has no other form for, where it says anything. */
	static void member(RequestParser parser, ParsedRequest request, Addition.Kind kind) throws InvalidRequestException {
		boolean nothing = parser.isNull();
		int begin = parser.begin();
		parser.skip();
		int end = parser.end();
		request.beyondOpenAi().member(begin, end);
		if (!nothing && !isEmpty(request.bytes(), begin, end)) {
			request.beyondOpenAi().lacks(kind, parser.path());
		}
	}

	/**
	 * Notes what a part refers to where OpenAI takes no such reference. The value, a
	 * scalar, is left for whoever reads it.
	 */
	static void reference(RequestParser parser, ParsedRequest request, Addition.Kind kind) {
		if (parser.isNull()) {
			request.beyondOpenAi().member(parser.begin(), parser.end());
		}
		else {
			request.beyondOpenAi().lacks(kind, parser.path());
		}
	}

	/** Returns whether a value is an empty text, array or object. */
	private static boolean isEmpty(byte[] bytes, int begin, int end) {
		if (bytes[begin] == '"') {
			return end - begin == 2;
		}
		if (bytes[begin] != '[' && bytes[begin] != '{') {
			return false;
		}
		for (int at = begin + 1; at < end - 1; at++) {
			if (bytes[at] > ' ') {
				return false;
			}
		}
		return true;
	}

	/**
	 * Reads {@code thinking}. A budget asks for an effort; that thinking is off, or up to
	 * the model, is what holds where nothing is said.
	 */
	static void thinking(RequestParser parser, ParsedRequest request) throws InvalidRequestException {
		int begin = parser.begin();
		boolean understood = parser.isNull() || parser.isObject() && wish(parser, request);
		if (!understood) {
			parser.skip();
		}
		request.beyondOpenAi().member(begin, parser.end());
		if (!understood) {
			request.beyondOpenAi().lacks(Addition.Kind.THINKING, parser.path());
		}
	}

	private static boolean wish(RequestParser parser, ParsedRequest request) throws InvalidRequestException {
		boolean understood = true;
		String type = "";
		long budget = -1;
		String name = parser.nextMember();
		while (name != null) {
			parser.next();
			if (name.equals("type") && parser.isText()) {
				type = parser.text();
			}
			else if (name.equals("budget_tokens") && parser.isWholeNumber()) {
				budget = parser.wholeNumber();
				understood &= budget >= 0;
			}
			else {
				understood &= name.equals("budget_tokens") && parser.isNull();
				parser.skip();
			}
			name = parser.nextMember();
		}
		switch (type) {
			case "enabled" -> {
				if (understood && budget >= 0) {
					request.beyondOpenAi().budget(budget);
				}
			}
			case "disabled", "adaptive" -> {
			}
			default -> understood = false;
		}
		return understood;
	}

	/**
	 * Reads {@code extra_content} of a call: a proof is for the provider that gave it,
	 * and says nothing to another.
	 */
	static void callExtras(RequestParser parser, ParsedRequest request) throws InvalidRequestException {
		int begin = parser.begin();
		boolean proof = parser.isNull() || parser.isObject() && only(parser, "google", "thought_signature");
		parser.skip();
		request.beyondOpenAi().member(begin, parser.end());
		if (!proof) {
			request.beyondOpenAi().lacks(Addition.Kind.CALL_EXTRAS, parser.path());
		}
	}

	/**
	 * Passes an object, and returns whether it has nothing but objects of the outer name
	 * with members of the inner.
	 */
	private static boolean only(RequestParser parser, String outer, String inner) throws InvalidRequestException {
		boolean only = true;
		String name = parser.nextMember();
		while (name != null) {
			parser.next();
			only &= name.equals(outer) && parser.isObject();
			if (parser.isObject()) {
				String member = parser.nextMember();
				while (member != null) {
					parser.next();
					only &= member.equals(inner);
					parser.skip();
					member = parser.nextMember();
				}
			}
			else {
				parser.skip();
			}
			name = parser.nextMember();
		}
		return only;
	}

	/** Reads {@code is_error}, and returns whether it says that the tool failed. */
	static boolean failure(RequestParser parser, ParsedRequest request) throws InvalidRequestException {
		boolean failed = parser.isBoolean() && parser.bool();
		boolean understood = parser.isBoolean() || parser.isNull();
		int begin = parser.begin();
		parser.skip();
		request.beyondOpenAi().member(begin, parser.end());
		if (!understood) {
			request.beyondOpenAi().lacks(Addition.Kind.FAILURE, parser.path());
		}
		return failed;
	}

}
