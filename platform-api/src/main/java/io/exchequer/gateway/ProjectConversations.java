package io.exchequer.gateway;

import java.util.HashMap;
import java.util.Map;
import java.util.UUID;

import io.exchequer.gateway.BodyMemory.Reservation;
import io.exchequer.gateway.dialect.responses.Conversations;
import io.exchequer.routing.wire.InvalidRequestException;
import io.exchequer.tenancy.KeyIdentity;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.cfg.JsonNodeFeature;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * What a key's project has stored, for one request.
 */
final class ProjectConversations implements Conversations {

	/** The values of a tree take more than the text they were read from. */
	private static final int TREE = 3;

	/** Numbers stay as they came. */
	private static final JsonMapper JSON = JsonMapper.builder()
		.enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS)
		.disable(JsonNodeFeature.STRIP_TRAILING_BIGDECIMAL_ZEROES)
		.build();

	private final StoredResponses responses;

	private final KeyIdentity identity;

	private final Reservation reservation;

	private final GatewaySettings settings;

	private final Map<UUID, ArrayNode> read = new HashMap<>(2);

	/**
	 * Makes them.
	 * @param identity whose project and tenant it is
	 * @param reservation where the memory of what is read is counted
	 */
	ProjectConversations(StoredResponses responses, KeyIdentity identity, Reservation reservation,
			GatewaySettings settings) {
		this.responses = responses;
		this.identity = identity;
		this.reservation = reservation;
		this.settings = settings;
	}

	@Override
	public boolean keeps() {
		return this.identity.storesAnswers();
	}

	@Override
	public @Nullable ArrayNode items(UUID response) throws InvalidRequestException {
		ArrayNode known = this.read.get(response);
		return (known != null) ? known : read(response);
	}

	private @Nullable ArrayNode read(UUID response) throws InvalidRequestException {
		int length = this.responses.length(this.identity, response).orElse(-1);
		if (!keeps() || length < 0) {
			return null;
		}
		retain((long) TREE * length);
		StoredResponses.Stored stored = this.responses.find(this.identity, response).orElse(null);
		if (stored == null) {
			return null;
		}
		ArrayNode items = JSON.readTree(stored.items()).asArray();
		JSON.readTree(stored.answer()).path("output").forEach(items::add);
		this.read.put(response, items);
		return items;
	}

	@Override
	public void retain(long bytes) throws InvalidRequestException {
		if (!this.reservation.grow(bytes)) {
			throw new InvalidRequestException(Errors.overloaded(
					"Too many requests are in flight together. Try again shortly.", this.settings.retryAfter()));
		}
	}

	@Override
	public boolean keep(UUID response, ArrayNode items, ObjectNode answer) {
		byte[] said = JSON.writeValueAsBytes(items);
		byte[] told = JSON.writeValueAsBytes(answer);
		return said.length + (long) told.length <= this.settings.storedAnswerMax().toBytes()
				&& this.responses.keep(this.identity, response, said, told);
	}

}
