package io.exchequer.routing.provider.translated;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Objects;

import io.exchequer.registry.Deployment;
import io.exchequer.routing.FailureClass;
import io.exchequer.routing.UpstreamFailure;
import io.exchequer.routing.UpstreamProvider;
import io.exchequer.routing.chat.ChatRequest;
import io.exchequer.routing.chat.ChatRequestReader;
import io.exchequer.routing.chat.ChatRequestReader.ParsedChat;
import io.exchequer.routing.chat.Uncarried;
import io.exchequer.routing.wire.Endpoint;
import io.exchequer.routing.wire.InvalidRequestException;
import io.exchequer.routing.wire.RequestDocument;
import org.jspecify.annotations.Nullable;

/**
 * A provider that is spoken to through its vendor's SDK. The request comes as the
 * canonical wire and goes to the SDK as values; the answer comes back as events and goes
 * on as the canonical wire, so that holds, commit points and settlements see no
 * difference.
 * <p>
 * Each call runs on a virtual thread of its own, which hands its events over through a
 * short queue: a slow client holds up the reading, time limits need nothing of the SDK,
 * and a call is cut off by an interrupt, which closes the socket a virtual thread reads
 * from. The SDK's own retries must be off: every attempt is held and settled by itself.
 *
 * @param <C> the SDK's client, used by many calls at once
 */
public abstract class TranslatedProvider<C> implements UpstreamProvider, AutoCloseable {

	private final Clock clock;

	private final SdkClients<C> clients;

	protected TranslatedProvider(Clock clock) {
		this.clock = clock;
		this.clients = new SdkClients<>(this::connect, this::disconnect, clock);
	}

	/**
	 * Makes the SDK's client; it must make no call yet.
	 * @throws IllegalArgumentException if it cannot be made, saying why without the
	 * secret
	 */
	protected abstract C connect(SdkClients.Key key);

	/** Closes a client that nobody uses any more. */
	protected abstract void disconnect(C client);

	/**
	 * Makes one call and hands over its events, {@code Started} first; returns when the
	 * answer is whole. Run on the call's own thread. Whatever it throws goes through
	 * {@link #failure}.
	 * @param request what to ask, of which {@link #lacks} names what is not sent
	 */
	protected abstract void converse(C client, ChatRequest request, UpstreamCall call, EventSink events)
			throws Exception;

	/**
	 * Classifies what an SDK threw: the one function for the provider's failures.
	 * @return the failure, without any of the upstream's body, or null where the problem
	 * is not the SDK's word but the network's or the translation's
	 */
	protected abstract @Nullable UpstreamFailure failure(Throwable problem, Instant now);

	/**
	 * Names what the provider has no place for in a request for the model of the name it
	 * knows, {@link ChatRequest#others()} and {@link ChatRequest#unread()} included.
	 */
	protected abstract void lacks(ChatRequest request, Deployment deployment, Lacks lacks);

	/**
	 * Makes a call of another API than chat completions.
	 * @throws UpstreamFailure always, where the provider has none
	 */
	protected UpstreamAnswer callOther(C client, UpstreamCall call) throws UpstreamFailure {
		throw new UpstreamFailure(FailureClass.MODEL_GONE, "the provider has no such API", false, null, 404);
	}

	/**
	 * Returns whether the provider completes texts, by {@link #callOther}: the request
	 * comes as OpenAI's text completion, with {@code suffix} where there is one, and so
	 * must the answer. Most providers only chat.
	 */
	protected boolean completesTexts(Deployment deployment) {
		return false;
	}

	@Override
	public final List<Uncarried> uncarried(RequestDocument document, Deployment deployment) {
		if (document.endpoint() == Endpoint.COMPLETIONS && !completesTexts(deployment)) {
			return List.of(new Uncarried("prompt",
					"this model is only reached by chat: send the prompt as a message to /v1/chat/completions", false));
		}
		if (document.endpoint().billsUnits()) {
			return List.of(new Uncarried("model",
					"this model's provider is only reached for chat and embeddings: ask for another model", false));
		}
		if (document.endpoint() != Endpoint.CHAT_COMPLETIONS) {
			return List.of();
		}
		return switch (ChatRequestReader.of(document)) {
			case ParsedChat.Read(ChatRequest request) -> {
				Lacks lacks = new Lacks();
				lacks(request.withModel(deployment.upstreamModel()), deployment, lacks);
				yield lacks.found();
			}
			case ParsedChat.Invalid invalid ->
				List.of(new Uncarried(Objects.requireNonNullElse(invalid.error().param(), "messages"),
						invalid.error().message(), false));
		};
	}

	@Override
	public final UpstreamAnswer call(UpstreamCall call) throws UpstreamFailure {
		SdkClients.Lease<C> lease = lease(call.deployment());
		boolean handedOn = false;
		try {
			if (call.endpoint() != Endpoint.CHAT_COMPLETIONS) {
				return callOther(lease.client(), call);
			}
			ChatRequest request = request(call);
			long deadline = System.nanoTime() + Duration.between(this.clock.instant(), call.deadline()).toNanos();
			EventQueue events = new EventQueue(deadline);
			handedOn = true;
			events.start(() -> {
				try (lease) {
					converse(lease.client(), request, call, events);
				}
			}, this::classified);
			return new TranslatedAnswer(events, call).begin();
		}
		finally {
			if (!handedOn) {
				lease.close();
			}
		}
	}

	private SdkClients.Lease<C> lease(Deployment deployment) throws UpstreamFailure {
		try {
			return this.clients.lease(SdkClients.Key.of(deployment));
		}
		catch (IllegalArgumentException ex) {
			throw new UpstreamFailure(FailureClass.NETWORK,
					"the deployment's provider is not set up rightly: " + ex.getMessage(), false, null, 0);
		}
	}

	private static ChatRequest request(UpstreamCall call) throws UpstreamFailure {
		try {
			return ChatRequestReader.read(call.body());
		}
		catch (InvalidRequestException ex) {
			throw UpstreamFailure.callersFault(ex.error().message(), ex.error().param());
		}
	}

	/** Classifies what a call of another API threw, as a conversation's is. */
	protected final UpstreamFailure classified(Throwable problem) {
		if (problem instanceof UpstreamFailure failure) {
			return failure;
		}
		UpstreamFailure failure = failure(problem, this.clock.instant());
		return (failure != null) ? failure : TransportFailures.of(problem);
	}

	/** Returns the time. */
	protected final Clock clock() {
		return this.clock;
	}

	@Override
	public void close() {
		this.clients.close();
	}

}
