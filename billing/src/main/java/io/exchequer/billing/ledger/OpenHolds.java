package io.exchequer.billing.ledger;

import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;

import io.exchequer.billing.Hold;
import org.jspecify.annotations.Nullable;

/**
 * The holds this process owes an end to, with the instant each lease was taken or
 * renewed.
 */
final class OpenHolds {

	private final Map<UUID, Leased> holds = new ConcurrentHashMap<>();

	void add(Hold hold, Instant leasedAt) {
		this.holds.put(hold.id(), new Leased(hold, leasedAt));
	}

	/** Returns the open hold with an identifier, or null. */
	@Nullable Hold find(UUID id) {
		Leased leased = this.holds.get(id);
		return (leased != null) ? leased.hold() : null;
	}

	void remove(Hold hold) {
		this.holds.remove(hold.id());
	}

	/** Notes a renewal, unless the hold has ended meanwhile. */
	void renewed(Hold hold, Instant at) {
		this.holds.computeIfPresent(hold.id(), (id, leased) -> new Leased(hold, at));
	}

	/** Returns the holds whose lease was taken or renewed at an instant or before it. */
	List<Hold> leasedUntil(Instant latest) {
		return this.holds.values().stream().filter((leased) -> !leased.at().isAfter(latest)).map(Leased::hold).toList();
	}

	int size() {
		return this.holds.size();
	}

	private record Leased(Hold hold, Instant at) {
	}

}
