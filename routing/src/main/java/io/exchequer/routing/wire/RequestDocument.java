package io.exchequer.routing.wire;

import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;

import io.exchequer.registry.Modality;
import org.jspecify.annotations.Nullable;

/**
 * A client's request body in OpenAI's wire format: validated, understood where routing
 * and billing need it, and otherwise left byte for byte as it came.
 */
public interface RequestDocument {

	/** Returns which API it was sent to. */
	Endpoint endpoint();

	/** Returns the array the body is in, from its beginning; never to be written to. */
	byte[] bytes();

	/** Returns the body's length in bytes; the array may be longer. */
	int length();

	/** Returns the name in {@code model}. */
	String model();

	/** Returns whether a stream is asked for. */
	boolean stream();

	/** Returns whether the client asked for the stream's usage chunk. */
	boolean usageWanted();

	/** Returns {@code max_completion_tokens}, else {@code max_tokens}, else null. */
	@Nullable Integer maxOutput();

	/** Returns {@code n}, 1 where absent. */
	int choices();

	/** Returns {@code metadata.task}, where it is a text. */
	Optional<String> metadataTask();

	/** Returns the kinds of content it carries. */
	Set<Modality> inputModalities();

	/** Returns the kinds of content it asks for. */
	Set<Modality> outputModalities();

	/** Returns whether it offers tools. */
	boolean tools();

	/** Returns whether it asks for an answer held to a JSON schema or to JSON. */
	boolean structuredOutput();

	/** Returns whether the text between a prefix and a suffix is asked for. */
	boolean fillInTheMiddle();

	/**
	 * Returns a guess at the input's tokens, for the expected cost and for rates; never
	 * used as a bound.
	 */
	int inputTokensExpected();

	/**
	 * Returns a guess at the tokens that must fit one context window: the longest input's
	 * where there are several, each embedded by itself, else all of them.
	 */
	int contextTokensExpected();

	/** Returns what bounds its cost. */
	CostFacts costFacts();

	/** Returns what it says of things that are billed by other units than tokens. */
	UnitFacts unitFacts();

	/**
	 * Returns what it has that a strict server has no place for, in its order; empty for
	 * nearly every request.
	 */
	List<Addition> additions();

	/**
	 * Returns what is worked out from the document, once for all who ask for this type.
	 * Asked by one thread.
	 * @param maker works it out at the first time
	 */
	<T> T derived(Class<T> type, Function<RequestDocument, T> maker);

	/**
	 * Returns the upstream form: {@code model} replaced, the output limit replaced or
	 * added where one is given, and the stream's usage asked for where it streams. Where
	 * the dialect is strict, the canonical wire's additions are left out, or told in
	 * OpenAI's own form. Every other byte stays.
	 * @param maxOutput the output limit to put in place, or null to leave the client's
	 * @param dialect what the upstream understands
	 */
	SplicedBody splice(String upstreamModel, @Nullable Integer maxOutput, WireDialect dialect);

}
