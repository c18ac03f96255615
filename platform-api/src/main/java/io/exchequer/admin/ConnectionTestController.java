package io.exchequer.admin;

import java.time.Clock;
import java.time.Instant;
import java.util.Map;

import io.exchequer.admin.Changes.Subject;
import io.exchequer.admin.connection.ConnectionReport;
import io.exchequer.admin.connection.ConnectionTests;
import io.exchequer.configuration.Configuration;
import io.exchequer.configuration.ConfigurationSource;
import io.exchequer.kernel.ConflictProblem;
import io.exchequer.kernel.DeploymentId;
import io.exchequer.kernel.NotFoundProblem;
import io.exchequer.registry.Deployment;
import io.exchequer.registry.RegistrySnapshot;
import io.exchequer.security.AccessControl;
import io.exchequer.security.Permission;
import io.exchequer.tenancy.KeyIdentity;
import io.exchequer.tenancy.VirtualKey;
import io.swagger.v3.oas.annotations.Hidden;
import io.swagger.v3.oas.annotations.tags.Tag;
import jakarta.validation.Valid;
import jakarta.validation.constraints.NotNull;
import org.jspecify.annotations.Nullable;

import org.springframework.http.MediaType;
import org.springframework.web.HttpRequestMethodNotSupportedException;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RestController;

/** Finds out whether a deployment works, by calls that are paid like any other. */
@RestController
@RequestMapping(path = "/admin/v1/deployments", produces = MediaType.APPLICATION_JSON_VALUE)
@Tag(name = "deployments")
class ConnectionTestController {

	private static final String TEST = "/test";

	private final ConnectionTests tests;

	private final ConfigurationSource configuration;

	private final References references;

	private final Changes changes;

	private final AccessControl access;

	private final Clock clock;

	ConnectionTestController(ConnectionTests tests, ConfigurationSource configuration, References references,
			Changes changes, AccessControl access, Clock clock) {
		this.tests = tests;
		this.configuration = configuration;
		this.references = references;
		this.changes = changes;
		this.access = access;
		this.clock = clock;
	}

	/**
	 * Tests a deployment by a few small calls: connection and latency, an answer,
	 * streaming, tools, vision and the reporting of usage. A deployment that is disabled,
	 * quarantined or kept out by its circuit is tested too.
	 * @param name the deployment's name or identifier
	 * @param tenant whose key it is; needed where several tenants have one of the name
	 */
	@PostMapping(path = "/{name}/test", consumes = MediaType.APPLICATION_JSON_VALUE)
	ConnectionReport test(@PathVariable String name, @RequestParam(required = false) @Nullable String tenant,
			@Valid @RequestBody TestBody body) {
		this.access.require(Permission.WRITE_REGISTRY);
		Configuration current = this.configuration.refresh();
		Deployment deployment = deployment(current.routing().registry(), name);
		VirtualKey key = this.references.key(Permission.WRITE_KEYS, body.key(), tenant);
		if (!isUsable(key)) {
			throw new ConflictProblem("key_not_usable",
					"The key \"" + key.name() + "\" is revoked or has expired: name another one to charge.");
		}
		KeyIdentity payer = current.identity().key(key.id()).orElseThrow(() -> new NotFoundProblem("key", body.key()));
		return this.tests.test(deployment, payer, current, () -> record(deployment, payer));
	}

	/** A name may have slashes in it. */
	@PostMapping(path = "/{*rest}", consumes = MediaType.APPLICATION_JSON_VALUE)
	@Hidden
	ConnectionReport testByName(@PathVariable String rest, @RequestParam(required = false) @Nullable String tenant,
			@Valid @RequestBody TestBody body) throws HttpRequestMethodNotSupportedException {
		if (!rest.endsWith(TEST) || rest.length() <= TEST.length() + 1) {
			throw new HttpRequestMethodNotSupportedException("POST");
		}
		return test(rest.substring(1, rest.length() - TEST.length()), tenant, body);
	}

	private static Deployment deployment(RegistrySnapshot registry, String reference) {
		return registry.resolve(reference)
			.filter((target) -> target.kind() == RegistrySnapshot.Target.Kind.DEPLOYMENT)
			.map((target) -> target.deployments().getFirst())
			.or(() -> References.uuid(reference).flatMap((id) -> registry.deployment(new DeploymentId(id))))
			.orElseThrow(() -> new NotFoundProblem("deployment", reference));
	}

	private boolean isUsable(VirtualKey key) {
		Instant expiresAt = key.expiresAt();
		return key.revokedAt() == null && (expiresAt == null || this.clock.instant().isBefore(expiresAt));
	}

	/** Nobody's money is spent without a trace of who did. */
	private void record(Deployment deployment, KeyIdentity payer) {
		this.changes.record(new Subject("deployment", payer.tenant(), deployment.name(), deployment.name()), "test",
				null, Map.of("key", payer.key(), "keyName", payer.name()));
	}

	/**
	 * How a deployment is tested.
	 *
	 * @param key the virtual key that the calls are charged to: its identifier, or
	 * {@code project/key}. Its budgets and limits hold; which models it may ask for does
	 * not matter
	 */
	record TestBody(@NotNull String key) {
	}

}
