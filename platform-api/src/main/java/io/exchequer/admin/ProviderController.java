package io.exchequer.admin;

import java.util.Map;
import java.util.UUID;

import io.exchequer.admin.RegistryEntries.ProviderEntry;
import io.exchequer.kernel.ValidationProblem;
import io.exchequer.registry.Put;
import io.exchequer.registry.RegistryAdministration;
import io.exchequer.registry.RegistryView.CredentialView;
import io.exchequer.registry.RegistryView.ProviderView;
import io.exchequer.security.AccessControl;
import io.exchequer.security.Permission;
import io.swagger.v3.oas.annotations.tags.Tag;
import jakarta.validation.Valid;
import jakarta.validation.constraints.NotNull;
import org.jspecify.annotations.Nullable;

import org.springframework.http.HttpStatus;
import org.springframework.http.MediaType;
import org.springframework.web.bind.annotation.DeleteMapping;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.PutMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.ResponseStatus;
import org.springframework.web.bind.annotation.RestController;

/** Vendors and local runtimes, and the credentials they are called with. */
@RestController
@RequestMapping(path = "/admin/v1/providers", produces = MediaType.APPLICATION_JSON_VALUE)
@Tag(name = "providers")
class ProviderController {

	private final RegistryAdministration registry;

	private final RegistryCommands commands;

	private final Changes changes;

	private final AccessControl access;

	ProviderController(RegistryAdministration registry, RegistryCommands commands, Changes changes,
			AccessControl access) {
		this.registry = registry;
		this.commands = commands;
		this.changes = changes;
		this.access = access;
	}

	@GetMapping
	Page<ProviderResource> list() {
		this.access.require(Permission.READ_PROVIDERS);
		return this.changes
			.inTransaction(() -> Page.whole(this.registry.providers().stream().map(ProviderResource::of).toList()));
	}

	@GetMapping("/{name}")
	ProviderResource get(@PathVariable String name) {
		this.access.require(Permission.READ_PROVIDERS);
		return this.changes.inTransaction(() -> ProviderResource.of(this.registry.provider(name)));
	}

	@PostMapping(consumes = MediaType.APPLICATION_JSON_VALUE)
	@ResponseStatus(HttpStatus.CREATED)
	ProviderResource create(@Valid @RequestBody ProviderEntry body) {
		this.access.require(Permission.WRITE_REGISTRY);
		return this.changes.inTransaction(() -> ProviderResource.of(this.commands.put(body, Put.CREATE).now()));
	}

	@PutMapping(path = "/{name}", consumes = MediaType.APPLICATION_JSON_VALUE)
	ProviderResource update(@PathVariable String name, @Valid @RequestBody ProviderEntry body) {
		this.access.require(Permission.WRITE_REGISTRY);
		if (!body.name().equals(name)) {
			throw ValidationProblem.of("name_is_fixed", "name", "must be the name in the path");
		}
		return this.changes.inTransaction(() -> ProviderResource.of(this.commands.put(body, Put.UPDATE).now()));
	}

	@DeleteMapping("/{name}")
	@ResponseStatus(HttpStatus.NO_CONTENT)
	void delete(@PathVariable String name) {
		this.access.require(Permission.WRITE_REGISTRY);
		this.changes.inTransaction(() -> this.commands.deleteProvider(name));
	}

	@GetMapping("/{name}/credentials")
	Page<CredentialView> credentials(@PathVariable String name) {
		this.access.require(Permission.READ_PROVIDERS);
		return this.changes.inTransaction(() -> Page.whole(this.registry.credentials(name)));
	}

	@PutMapping(path = "/{name}/credential", consumes = MediaType.APPLICATION_JSON_VALUE)
	CredentialView setCredential(@PathVariable String name, @Valid @RequestBody CredentialBody body) {
		this.access.require(Permission.WRITE_REGISTRY);
		return this.changes.inTransaction(() -> this.commands.setCredential(name, body.secret()).now());
	}

	@DeleteMapping("/{name}/credential")
	@ResponseStatus(HttpStatus.NO_CONTENT)
	void withdrawCredential(@PathVariable String name) {
		this.access.require(Permission.WRITE_REGISTRY);
		this.changes.inTransaction(() -> this.commands.withdrawCredential(name));
	}

	/**
	 * A provider.
	 *
	 * @param id its identifier
	 * @param name its unique name
	 * @param kind which implementation speaks to it
	 * @param baseUrl where it is
	 * @param settings further settings of the kind
	 * @param credential the credential in use, without its secret, or null
	 */
	record ProviderResource(UUID id, String name, String kind, String baseUrl, Map<String, String> settings,
			@Nullable CredentialView credential) {

		static ProviderResource of(ProviderView view) {
			return new ProviderResource(view.provider().id(), view.provider().name(), view.provider().kind(),
					view.provider().baseUrl(), view.provider().settings(), view.credential());
		}

	}

	/**
	 * A credential.
	 *
	 * @param secret kept encrypted and never told again
	 */
	record CredentialBody(@NotNull String secret) {

		@Override
		public String toString() {
			return "CredentialBody[]";
		}

	}

}
