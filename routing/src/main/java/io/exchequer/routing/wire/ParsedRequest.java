package io.exchequer.routing.wire;

import java.util.EnumSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;

import io.exchequer.registry.Modality;
import org.jspecify.annotations.Nullable;

/**
 * A request as the readers found it. They fill it while they read; nothing changes it
 * afterwards but what is derived from it being added.
 */
final class ParsedRequest implements RequestDocument {

	static final int BYTES_PER_TOKEN = 4;

	private static final int TOKENS_PER_IMAGE = 800;

	private static final int BYTES_PER_AUDIO_TOKEN = 800;

	private static final int TOKENS_PER_FILE = 1500;

	private final Endpoint endpoint;

	private final byte[] bytes;

	private final int length;

	private final Set<Modality> input = EnumSet.of(Modality.TEXT);

	private final Set<Modality> output = EnumSet.noneOf(Modality.class);

	private final Map<Class<?>, Object> derived = new HashMap<>(2);

	@Nullable String model;

	@Nullable Span modelSpan;

	boolean stream;

	@Nullable Boolean includeUsage;

	/** The value of {@code stream_options}, whole. */
	@Nullable Span streamOptions;

	/** The value of {@code stream_options.include_usage}. */
	@Nullable Span includeUsageSpan;

	/** Whether {@code stream_options} is an object with a member. */
	boolean streamOptionsFilled;

	@Nullable LimitMember maxTokens;

	@Nullable LimitMember maxCompletionTokens;

	int choices = 1;

	int bestOf;

	@Nullable String task;

	boolean tools;

	boolean structured;

	boolean suffix;

	int messages = -1;

	long renderedBytes;

	int images;

	int inlineImageBytes;

	@Nullable String imagesByUrl;

	int audioBytes;

	int files;

	int fileBytes;

	int predictionBytes;

	boolean bytesBound = true;

	/** Tokens that were counted, where the input is tokens; else -1. */
	int inputTokens = -1;

	/** A guess at the tokens of the longest of several inputs; else -1. */
	int longestTokens = -1;

	WorstCase.@Nullable Unbounded unbounded;

	/** Whether {@code reasoning_effort} has a value. */
	boolean effort;

	/** The value of {@code reasoning_effort} where it is null. */
	@Nullable Span effortNull;

	/** What it has beyond OpenAI's own form, or null where it has nothing. */
	@Nullable Additions additions;

	UnitFacts units = UnitFacts.NONE;

	ParsedRequest(Endpoint endpoint, byte[] bytes, int length) {
		this.endpoint = endpoint;
		this.bytes = bytes;
		this.length = length;
	}

	void carries(Modality modality) {
		this.input.add(modality);
	}

	void asksFor(Modality modality) {
		this.output.add(modality);
	}

	/** Returns where to note what OpenAI's own form does not have. */
	Additions beyondOpenAi() {
		Additions noted = this.additions;
		if (noted == null) {
			noted = new Additions(this.bytes);
			this.additions = noted;
		}
		return noted;
	}

	/** Notes what a part of the body may come to when it is written anew. */
	void rendered(long size) {
		this.renderedBytes += size;
	}

	/** Notes a member whose cost nothing bounds, unless there was one before. */
	void unbounded(String param, String what) {
		if (this.unbounded == null) {
			this.unbounded = new WorstCase.Unbounded(param, what
					+ " Its cost has no upper bound, so a hard budget cannot admit it: leave '" + param + "' out.");
		}
	}

	@Override
	public Endpoint endpoint() {
		return this.endpoint;
	}

	@Override
	public byte[] bytes() {
		return this.bytes;
	}

	@Override
	public int length() {
		return this.length;
	}

	@Override
	public String model() {
		return (this.model != null) ? this.model : "";
	}

	@Override
	public boolean stream() {
		return this.stream;
	}

	@Override
	public boolean usageWanted() {
		return Boolean.TRUE.equals(this.includeUsage);
	}

	@Override
	public @Nullable Integer maxOutput() {
		if (this.maxCompletionTokens != null && this.maxCompletionTokens.limit() != null) {
			return this.maxCompletionTokens.limit();
		}
		return (this.maxTokens != null) ? this.maxTokens.limit() : null;
	}

	@Override
	public int choices() {
		return this.choices;
	}

	@Override
	public Optional<String> metadataTask() {
		return Optional.ofNullable(this.task);
	}

	@Override
	public Set<Modality> inputModalities() {
		return this.input;
	}

	@Override
	public Set<Modality> outputModalities() {
		return this.output;
	}

	@Override
	public boolean tools() {
		return this.tools;
	}

	@Override
	public boolean structuredOutput() {
		return this.structured;
	}

	@Override
	public boolean fillInTheMiddle() {
		return this.suffix;
	}

	@Override
	public int inputTokensExpected() {
		if (this.inputTokens >= 0) {
			return this.inputTokens;
		}
		int text = this.length - this.inlineImageBytes - this.audioBytes - this.fileBytes;
		return Math.max(1, text / BYTES_PER_TOKEN + this.images * TOKENS_PER_IMAGE
				+ this.audioBytes / BYTES_PER_AUDIO_TOKEN + this.files * TOKENS_PER_FILE);
	}

	@Override
	public int contextTokensExpected() {
		return (this.longestTokens >= 0) ? this.longestTokens : inputTokensExpected();
	}

	@Override
	public CostFacts costFacts() {
		return new CostFacts(this.length, Math.max(0, this.messages), this.renderedBytes,
				Math.max(this.choices, this.bestOf), this.images, this.inlineImageBytes, this.imagesByUrl,
				this.audioBytes > 0, this.predictionBytes, this.bytesBound, this.unbounded);
	}

	@Override
	public List<Addition> additions() {
		return (this.additions != null) ? this.additions.lacking() : List.of();
	}

	@Override
	public <T> T derived(Class<T> type, Function<RequestDocument, T> maker) {
		Object known = this.derived.get(type);
		T result = (known != null) ? type.cast(known) : maker.apply(this);
		if (known == null) {
			this.derived.put(type, result);
		}
		return result;
	}

	@Override
	public UnitFacts unitFacts() {
		return this.units;
	}

	@Override
	public SplicedBody splice(String upstreamModel, @Nullable Integer maxOutput, WireDialect dialect) {
		return new Splicer(this, upstreamModel, maxOutput, dialect).splice();
	}

	/**
	 * A range of the body's bytes.
	 *
	 * @param begin the first byte
	 * @param end the first byte behind it
	 */
	record Span(int begin, int end) {
	}

	/**
	 * A member that limits the output.
	 *
	 * @param name where its name is, in its quotes
	 * @param value where its value is
	 * @param limit the limit, or null where the value is null
	 */
	record LimitMember(Span name, Span value, @Nullable Integer limit) {
	}

}
