package io.exchequer.routing.provider.translated;

import io.exchequer.routing.chat.ChatEvent;
import org.jspecify.annotations.Nullable;

/**
 * Where a provider puts an answer's events, one by one as they come. Its methods may be
 * called by any thread, events by one after another.
 */
public interface EventSink {

	/**
	 * Takes an event; blocks while the client is slow, which must hold up the reading of
	 * the answer.
	 * @throws InterruptedException if nobody waits for the answer any more
	 */
	void accept(ChatEvent event) throws InterruptedException;

	/**
	 * Notes the provider's identifier of the call; before the first event, so that it is
	 * known when the answer begins.
	 * @param id the identifier, or null where the provider gives none
	 */
	void requestId(@Nullable String id);

	/**
	 * Notes that the provider sent something, though no event came of it: it is not
	 * silent.
	 */
	void alive();

	/**
	 * Says how to cut the call off, beyond the interrupt that its thread gets: run at
	 * most once, by another thread, and at once where that has happened already. It must
	 * not block.
	 */
	void onAbort(Runnable cut);

}
