package io.exchequer.routing.wire;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

import io.exchequer.routing.wire.ParsedRequest.LimitMember;
import io.exchequer.routing.wire.ParsedRequest.Span;
import io.exchequer.routing.wire.SplicedBody.Slice;
import org.jspecify.annotations.Nullable;

/**
 * Replaces the few members of a body that must change, and leaves every other byte.
 */
final class Splicer {

	private static final String ASK_FOR_USAGE = "\"include_usage\":true";

	private final ParsedRequest request;

	private final String upstreamModel;

	private final @Nullable Integer maxOutput;

	private final WireDialect dialect;

	private final List<Edit> edits = new ArrayList<>(4);

	private final StringBuilder added = new StringBuilder();

	Splicer(ParsedRequest request, String upstreamModel, @Nullable Integer maxOutput, WireDialect dialect) {
		this.request = request;
		this.upstreamModel = upstreamModel;
		this.maxOutput = request.endpoint().limitsOutput() ? maxOutput : null;
		this.dialect = dialect;
	}

	SplicedBody splice() {
		model();
		limit();
		if (this.request.stream && this.dialect.streamUsage()) {
			streamUsage();
		}
		Additions additions = this.dialect.strict() ? this.request.additions : null;
		if (additions != null) {
			effort(additions.effort());
		}
		if (!this.added.isEmpty()) {
			int open = indexOfBrace();
			replace(open + 1, open + 1, this.added.toString());
		}
		if (additions != null) {
			// Last: what is added at the same place stands before what is cut out.
			additions.insertions().forEach((each) -> replace(each.at(), each.at(), each.text()));
			additions.cuts().forEach((each) -> replace(each, ""));
		}
		return slices();
	}

	/** Asks for the effort that a budget comes to, unless the client says its own. */
	private void effort(@Nullable String effort) {
		if (effort == null || this.request.effort) {
			return;
		}
		String quoted = '"' + effort + '"';
		if (this.request.effortNull != null) {
			replace(this.request.effortNull, quoted);
		}
		else {
			add("\"reasoning_effort\":" + quoted);
		}
	}

	private void model() {
		if (!this.upstreamModel.equals(this.request.model)) {
			Span span = Objects.requireNonNull(this.request.modelSpan, "a parsed request has a model");
			StringBuilder quoted = new StringBuilder(this.upstreamModel.length() + 2);
			JsonText.quote(quoted, this.upstreamModel);
			replace(span, quoted.toString());
		}
	}

	private void limit() {
		// Text completions know but one limit, whatever the server.
		boolean completion = this.request.endpoint() != Endpoint.COMPLETIONS
				&& this.dialect.outputLimitMember().equals(WireDialect.MAX_COMPLETION_TOKENS);
		LimitMember wanted = completion ? this.request.maxCompletionTokens : this.request.maxTokens;
		LimitMember other = completion ? this.request.maxTokens : this.request.maxCompletionTokens;
		if (other != null && other.limit() != null) {
			int limit = (this.maxOutput != null) ? this.maxOutput : other.limit();
			if (this.dialect.renameOutputLimit() && this.request.endpoint() != Endpoint.COMPLETIONS) {
				rename(wanted, other, limit);
			}
			else {
				limit(other, limit);
			}
		}
		else if (this.maxOutput != null) {
			if (wanted != null) {
				limit(wanted, this.maxOutput);
			}
			else {
				add('"' + (completion ? WireDialect.MAX_COMPLETION_TOKENS : limitMember()) + "\":" + this.maxOutput);
			}
		}
	}

	private String limitMember() {
		return (this.request.endpoint() == Endpoint.COMPLETIONS) ? WireDialect.MAX_TOKENS
				: this.dialect.outputLimitMember();
	}

	private void rename(@Nullable LimitMember wanted, LimitMember other, int limit) {
		if (wanted != null) {
			// The wanted one is there as null: a member must not be there twice.
			replace(other.value(), "null");
			replace(wanted.value(), Integer.toString(limit));
		}
		else {
			replace(other.name(), '"' + this.dialect.outputLimitMember() + '"');
			limit(other, limit);
		}
	}

	private void limit(LimitMember member, int limit) {
		if (member.limit() == null || member.limit() != limit) {
			replace(member.value(), Integer.toString(limit));
		}
	}

	private void streamUsage() {
		Span options = this.request.streamOptions;
		if (this.request.usageWanted()) {
			return;
		}
		if (this.request.includeUsageSpan != null) {
			replace(this.request.includeUsageSpan, "true");
		}
		else if (options == null) {
			add("\"stream_options\":{" + ASK_FOR_USAGE + '}');
		}
		else if (this.request.bytes()[options.begin()] != '{') {
			replace(options, '{' + ASK_FOR_USAGE + '}');
		}
		else {
			int at = options.begin() + 1;
			replace(at, at, ASK_FOR_USAGE + (this.request.streamOptionsFilled ? "," : ""));
		}
	}

	/** Adds a member to the body's object, which is never empty: it has a model. */
	private void add(String member) {
		this.added.append(member).append(',');
	}

	private int indexOfBrace() {
		int at = 0;
		while (this.request.bytes()[at] != '{') {
			at++;
		}
		return at;
	}

	private void replace(Span span, String text) {
		replace(span.begin(), span.end(), text);
	}

	private void replace(int begin, int end, String text) {
		Edit edit = new Edit(begin, end, text.getBytes(StandardCharsets.UTF_8));
		int at = this.edits.size();
		while (at > 0 && this.edits.get(at - 1).begin() > begin) {
			at--;
		}
		this.edits.add(at, edit);
	}

	private SplicedBody slices() {
		byte[] body = this.request.bytes();
		List<Slice> slices = new ArrayList<>(2 * this.edits.size() + 1);
		long length = this.request.length();
		int at = 0;
		for (Edit edit : this.edits) {
			if (edit.begin() > at) {
				slices.add(new Slice(body, at, edit.begin() - at));
			}
			if (edit.text().length > 0) {
				slices.add(new Slice(edit.text(), 0, edit.text().length));
			}
			length += edit.text().length - (edit.end() - edit.begin());
			at = edit.end();
		}
		if (at < this.request.length()) {
			slices.add(new Slice(body, at, this.request.length() - at));
		}
		return new SplicedBody(slices, length);
	}

	private record Edit(int begin, int end, byte[] text) {
	}

}
