package io.exchequer.routing.provider.anthropic;

import java.util.HashMap;
import java.util.List;
import java.util.Map;

import com.anthropic.models.messages.ContentBlock;
import com.anthropic.models.messages.Message;
import com.anthropic.models.messages.RawContentBlockDelta;
import com.anthropic.models.messages.RawContentBlockStartEvent;
import com.anthropic.models.messages.RawMessageDeltaEvent;
import com.anthropic.models.messages.RawMessageStreamEvent;
import com.anthropic.models.messages.RefusalStopDetails;
import com.anthropic.models.messages.StopReason;
import com.anthropic.models.messages.TextBlock;
import com.anthropic.models.messages.ThinkingBlock;
import com.anthropic.models.messages.ToolUseBlock;
import io.exchequer.routing.chat.ChatEvent;
import io.exchequer.routing.chat.FinishReason;
import io.exchequer.routing.provider.translated.EventSink;
import org.jspecify.annotations.Nullable;

/**
 * Tells a message, whole or as it comes, as events. Its blocks are numbered together;
 * tool calls get numbers of their own. Used by one thread, for one answer.
 */
final class ClaudeEvents {

	private final EventSink sink;

	private final long nowSeconds;

	private final ClaudeUsage usage = new ClaudeUsage();

	/** The number of each tool call, by its block's. */
	private final Map<Long, Integer> calls = new HashMap<>(4);

	/** What begins a block may be all there is of a call's arguments. */
	private final Map<Long, String> begunWith = new HashMap<>(4);

	private boolean started;

	private boolean stopped;

	private boolean ended;

	ClaudeEvents(EventSink sink, long nowSeconds) {
		this.sink = sink;
		this.nowSeconds = nowSeconds;
	}

	/** Tells a whole message. */
	void message(Message message) throws InterruptedException {
		start(message);
		for (ContentBlock block : message.content()) {
			if (block.isThinking()) {
				thinking(block.asThinking());
			}
			else if (block.isRedactedThinking()) {
				this.sink.accept(new ChatEvent.ReasoningHidden(0, block.asRedactedThinking().data()));
			}
			else if (block.isText()) {
				text(block.asText());
			}
			else if (block.isToolUse()) {
				ToolUseBlock call = block.asToolUse();
				int number = call(this.calls.size(), call);
				this.sink.accept(new ChatEvent.ToolArgumentsDelta(0, number, Values.text(call._input())));
			}
		}
		this.usage.take(message.usage(), true);
		stop(message.stopReason().orElse(null), message.stopSequence().orElse(null),
				message.stopDetails().orElse(null));
		used();
	}

	/** Tells the next event of a stream. */
	void next(RawMessageStreamEvent event) throws InterruptedException {
		if (event.isMessageStart()) {
			Message message = event.asMessageStart().message();
			start(message);
			this.usage.take(message.usage(), false);
		}
		else if (event.isContentBlockStart()) {
			begin(event.asContentBlockStart());
		}
		else if (event.isContentBlockDelta()) {
			delta(event.asContentBlockDelta().index(), event.asContentBlockDelta().delta());
		}
		else if (event.isContentBlockStop()) {
			endOfBlock(event.asContentBlockStop().index());
		}
		else if (event.isMessageDelta()) {
			RawMessageDeltaEvent told = event.asMessageDelta();
			told._usage().asKnown().ifPresent(this.usage::take);
			RawMessageDeltaEvent.Delta delta = told.delta();
			stop(delta.stopReason().orElse(null), delta.stopSequence().orElse(null), delta.stopDetails().orElse(null));
		}
		else if (event.isMessageStop()) {
			this.ended = true;
			used();
		}
	}

	/** Returns whether a stream told its own end. */
	boolean isEnded() {
		return this.ended;
	}

	private void start(Message message) throws InterruptedException {
		if (!this.started) {
			this.started = true;
			this.sink.accept(new ChatEvent.Started(message.id(), message.model().asString(), this.nowSeconds));
		}
	}

	private void thinking(ThinkingBlock block) throws InterruptedException {
		if (!block.thinking().isEmpty()) {
			this.sink.accept(new ChatEvent.ReasoningDelta(0, block.thinking()));
		}
		if (!block.signature().isEmpty()) {
			this.sink.accept(new ChatEvent.ReasoningSigned(0, block.signature()));
		}
	}

	private void text(TextBlock block) throws InterruptedException {
		if (!block.text().isEmpty()) {
			this.sink.accept(new ChatEvent.TextDelta(0, block.text()));
		}
		List<?> citations = block.citations().orElse(List.of());
		for (Object citation : citations) {
			this.sink.accept(new ChatEvent.Annotation(0, Values.tree(citation)));
		}
	}

	private int call(long block, ToolUseBlock call) throws InterruptedException {
		int number = this.calls.size();
		this.calls.put(block, number);
		this.sink.accept(new ChatEvent.ToolCallStarted(0, number, call.id(), call.name(), null));
		return number;
	}

	private void begin(RawContentBlockStartEvent event) throws InterruptedException {
		RawContentBlockStartEvent.ContentBlock block = event.contentBlock();
		if (block.isText()) {
			text(block.asText());
		}
		else if (block.isThinking()) {
			thinking(block.asThinking());
		}
		else if (block.isRedactedThinking()) {
			this.sink.accept(new ChatEvent.ReasoningHidden(0, block.asRedactedThinking().data()));
		}
		else if (block.isToolUse()) {
			call(event.index(), block.asToolUse());
			this.begunWith.put(event.index(), Values.text(block.asToolUse()._input()));
		}
	}

	private void delta(long index, RawContentBlockDelta delta) throws InterruptedException {
		if (delta.isText()) {
			this.sink.accept(new ChatEvent.TextDelta(0, delta.asText().text()));
		}
		else if (delta.isThinking()) {
			this.sink.accept(new ChatEvent.ReasoningDelta(0, delta.asThinking().thinking()));
		}
		else if (delta.isSignature()) {
			this.sink.accept(new ChatEvent.ReasoningSigned(0, delta.asSignature().signature()));
		}
		else if (delta.isInputJson()) {
			arguments(index, delta.asInputJson().partialJson());
		}
		else if (delta.isCitations()) {
			this.sink.accept(new ChatEvent.Annotation(0, Values.tree(delta.asCitations().citation())));
		}
	}

	private void arguments(long index, String part) throws InterruptedException {
		Integer number = this.calls.get(index);
		if (number != null && !part.isEmpty()) {
			this.begunWith.remove(index);
			this.sink.accept(new ChatEvent.ToolArgumentsDelta(0, number, part));
		}
	}

	/** A call without a delta has what its block began with, an empty object mostly. */
	private void endOfBlock(long index) throws InterruptedException {
		String whole = this.begunWith.get(index);
		if (whole != null) {
			arguments(index, whole);
		}
	}

	private void stop(@Nullable StopReason reason, @Nullable String stopText, @Nullable RefusalStopDetails details)
			throws InterruptedException {
		if (reason == null || this.stopped) {
			return;
		}
		this.stopped = true;
		String told = reason.asString();
		if (told.equals("refusal") && details != null) {
			String explanation = details.explanation().orElse("");
			if (!explanation.isEmpty()) {
				this.sink.accept(new ChatEvent.RefusalDelta(0, explanation));
			}
		}
		this.sink.accept(switch (told) {
			case "end_turn" -> new ChatEvent.Finished(0, FinishReason.STOP, null, stopText);
			case "tool_use" -> new ChatEvent.Finished(0, FinishReason.TOOL_CALLS, null, stopText);
			case "max_tokens" -> new ChatEvent.Finished(0, FinishReason.LENGTH, null, stopText);
			case "model_context_window_exceeded" -> new ChatEvent.Finished(0, FinishReason.LENGTH, told, stopText);
			case "refusal" -> new ChatEvent.Finished(0, FinishReason.CONTENT_FILTER, told, stopText);
			default -> new ChatEvent.Finished(0, FinishReason.STOP, told, stopText);
		});
	}

	private void used() throws InterruptedException {
		this.sink.accept(new ChatEvent.Used(this.usage.usage(), this.usage.tier()));
	}

}
