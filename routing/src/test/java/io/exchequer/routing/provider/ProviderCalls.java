package io.exchequer.routing.provider;

import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Duration;
import java.util.EnumSet;
import java.util.Map;
import java.util.UUID;

import io.exchequer.kernel.DeploymentId;
import io.exchequer.kernel.ModelId;
import io.exchequer.registry.Capabilities;
import io.exchequer.registry.Credential;
import io.exchequer.registry.DataClass;
import io.exchequer.registry.Deployment;
import io.exchequer.registry.DeploymentSettings;
import io.exchequer.registry.Lifecycle;
import io.exchequer.registry.Modality;
import io.exchequer.registry.Model;
import io.exchequer.registry.Provider;
import io.exchequer.routing.UpstreamProvider.UpstreamCall;
import io.exchequer.routing.wire.Endpoint;
import io.exchequer.routing.wire.InvalidRequestException;
import io.exchequer.routing.wire.OpenAiRequests;
import io.exchequer.routing.wire.RequestDocument;
import io.exchequer.routing.wire.WireDialect;

/** Makes calls of providers, as the execution makes them. */
public final class ProviderCalls {

	public static final DeploymentSettings SETTINGS = DeploymentSettings.DEFAULTS;

	private ProviderCalls() {
	}

	/**
	 * Makes a deployment of the model {@code up-model} with the credential
	 * {@code sk-test}.
	 */
	public static Deployment deployment(Provider provider, DeploymentSettings settings) {
		Model model = new Model(
				new ModelId(new UUID(1, 1)), "m", "M", new Capabilities(EnumSet.of(Modality.TEXT),
						EnumSet.of(Modality.TEXT), true, true, false, 8192, 1024, null),
				new Lifecycle(Lifecycle.Stage.ACTIVE, null, null));
		return new Deployment(new DeploymentId(new UUID(2, 2)), "d", model, provider, "up-model",
				new Credential(new UUID(3, 3), "sk-test"), DataClass.PUBLIC, settings, true, false);
	}

	public static Provider provider(String kind, String baseUrl, Map<String, String> settings) {
		return new Provider(new UUID(4, 4), kind, kind, baseUrl, settings);
	}

	/** Makes settings with options. */
	public static DeploymentSettings options(Map<String, String> options) {
		return new DeploymentSettings(SETTINGS.connectTimeout(), SETTINGS.firstByteTimeout(), SETTINGS.idleTimeout(),
				SETTINGS.totalTimeout(), 16, 0, SETTINGS.onDisconnect(), options);
	}

	/** Makes settings with one wait for the first byte and for each silence. */
	public static DeploymentSettings patience(Duration wait) {
		return new DeploymentSettings(wait, wait, wait, SETTINGS.totalTimeout(), 16, 0, SETTINGS.onDisconnect(),
				Map.of());
	}

	/** Makes a call with a client's body. */
	public static UpstreamCall call(Deployment deployment, Endpoint endpoint, String body) {
		return call(deployment, endpoint, body, deployment.settings().totalTimeout());
	}

	/** Makes a call with a client's body that must be over after a while. */
	public static UpstreamCall call(Deployment deployment, Endpoint endpoint, String body, Duration total) {
		try {
			byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
			RequestDocument document = OpenAiRequests.parse(endpoint, bytes, bytes.length);
			return new UpstreamCall(deployment, endpoint,
					document.splice(deployment.upstreamModel(), document.maxOutput(), WireDialect.of(deployment)),
					document.stream(), new UUID(5, 5), Clock.systemUTC().instant().plus(total),
					deployment.settings().firstByteTimeout());
		}
		catch (InvalidRequestException ex) {
			throw new IllegalArgumentException(ex.getMessage(), ex);
		}
	}

	/** Makes the body of a chat with further members, such as {@code "n":2}. */
	public static String chat(String content, String... members) {
		StringBuilder body = new StringBuilder("{\"model\":\"m\",\"messages\":[{\"role\":\"user\",\"content\":\"")
			.append(content)
			.append("\"}]");
		for (String member : members) {
			body.append(',').append(member);
		}
		return body.append('}').toString();
	}

}
