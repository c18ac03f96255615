package io.exchequer.routing.provider.translated;

import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.function.Consumer;
import java.util.function.Function;

import io.exchequer.registry.Credential;
import io.exchequer.registry.Deployment;
import org.jspecify.annotations.Nullable;

/**
 * An SDK's clients, one for all calls to the same place with the same secret. One that
 * nobody has used for {@link #KEPT} is closed when another is asked for.
 *
 * @param <C> the client
 */
public final class SdkClients<C> implements AutoCloseable {

	/** How long an unused client is kept. */
	static final Duration KEPT = Duration.ofMinutes(10);

	private final Function<Key, C> maker;

	private final Consumer<C> closer;

	private final Clock clock;

	private final Map<Key, Entry> entries = new HashMap<>();

	private boolean closed;

	SdkClients(Function<Key, C> maker, Consumer<C> closer, Clock clock) {
		this.maker = maker;
		this.closer = closer;
		this.clock = clock;
	}

	/**
	 * Lends a client, until its lease is closed.
	 * @throws IllegalArgumentException if it cannot be made
	 */
	Lease<C> lease(Key key) {
		long now = this.clock.millis();
		List<C> unused = new ArrayList<>(0);
		Entry entry;
		synchronized (this.entries) {
			if (this.closed) {
				throw new IllegalArgumentException("the provider was closed");
			}
			this.entries.values().removeIf((each) -> {
				boolean expired = each.users == 0 && now - each.lastUsedMillis > KEPT.toMillis();
				if (expired) {
					unused.add(each.client);
				}
				return expired;
			});
			entry = this.entries.computeIfAbsent(key, (each) -> new Entry(this.maker.apply(each)));
			entry.users++;
		}
		unused.forEach(this::discard);
		return new Lease<>(entry.client, () -> giveBack(entry));
	}

	private void giveBack(Entry entry) {
		boolean last;
		synchronized (this.entries) {
			entry.users--;
			entry.lastUsedMillis = this.clock.millis();
			last = this.closed && entry.users == 0;
		}
		if (last) {
			discard(entry.client);
		}
	}

	private void discard(C client) {
		Thread.ofVirtual().start(() -> this.closer.accept(client));
	}

	/** Returns how many clients are kept. */
	int size() {
		synchronized (this.entries) {
			return this.entries.size();
		}
	}

	@Override
	public void close() {
		List<C> unused = new ArrayList<>();
		synchronized (this.entries) {
			this.closed = true;
			this.entries.values().stream().filter((each) -> each.users == 0).forEach((each) -> unused.add(each.client));
			this.entries.clear();
		}
		unused.forEach(this.closer);
	}

	/**
	 * What a client is made for.
	 *
	 * @param provider the provider's identifier
	 * @param kind its kind
	 * @param baseUrl where it is; empty for the vendor's own
	 * @param settings its settings
	 * @param credential the secret, or null where none is needed
	 */
	public record Key(UUID provider, String kind, String baseUrl, Map<String, String> settings,
			@Nullable Credential credential) {

		static Key of(Deployment deployment) {
			return new Key(deployment.provider().id(), deployment.provider().kind(),
					deployment.provider().baseUrl().strip(), deployment.provider().settings(), deployment.credential());
		}

	}

	/**
	 * A client for the time of one call.
	 *
	 * @param client the client
	 * @param end gives it back
	 */
	record Lease<C>(C client, Runnable end) implements AutoCloseable {

		@Override
		public void close() {
			this.end.run();
		}

	}

	private final class Entry {

		private final C client;

		private int users;

		private long lastUsedMillis;

		Entry(C client) {
			this.client = client;
		}

	}

}
