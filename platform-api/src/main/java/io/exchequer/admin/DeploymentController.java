package io.exchequer.admin;

import io.exchequer.admin.RegistryEntries.DeploymentEntry;
import io.exchequer.kernel.ValidationProblem;
import io.exchequer.registry.Put;
import io.exchequer.registry.RegistryAdministration;
import io.exchequer.registry.RegistryView.DeploymentView;
import io.exchequer.security.AccessControl;
import io.exchequer.security.Permission;
import io.swagger.v3.oas.annotations.tags.Tag;
import jakarta.validation.Valid;

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

/** Models at providers. */
@RestController
@RequestMapping(path = "/admin/v1/deployments", produces = MediaType.APPLICATION_JSON_VALUE)
@Tag(name = "deployments")
class DeploymentController {

	private final RegistryAdministration registry;

	private final RegistryCommands commands;

	private final Changes changes;

	private final AccessControl access;

	DeploymentController(RegistryAdministration registry, RegistryCommands commands, Changes changes,
			AccessControl access) {
		this.registry = registry;
		this.commands = commands;
		this.changes = changes;
		this.access = access;
	}

	@GetMapping
	Page<DeploymentView> list() {
		this.access.require(Permission.READ_CATALOG);
		return this.changes.inTransaction(() -> Page.whole(this.registry.deployments()));
	}

	@GetMapping("/{*name}")
	DeploymentView get(@PathVariable String name) {
		this.access.require(Permission.READ_CATALOG);
		return this.changes.inTransaction(() -> this.registry.deployment(name(name)));
	}

	@PostMapping(consumes = MediaType.APPLICATION_JSON_VALUE)
	@ResponseStatus(HttpStatus.CREATED)
	DeploymentView create(@Valid @RequestBody DeploymentEntry body) {
		this.access.require(Permission.WRITE_REGISTRY);
		return this.changes.inTransaction(() -> this.commands.put(body, Put.CREATE).now());
	}

	@PutMapping(path = "/{*name}", consumes = MediaType.APPLICATION_JSON_VALUE)
	DeploymentView update(@PathVariable String name, @Valid @RequestBody DeploymentEntry body) {
		this.access.require(Permission.WRITE_REGISTRY);
		if (!body.name().equals(name(name))) {
			throw ValidationProblem.of("name_is_fixed", "name", "must be the name in the path");
		}
		return this.changes.inTransaction(() -> this.commands.put(body, Put.UPDATE).now());
	}

	@DeleteMapping("/{*name}")
	@ResponseStatus(HttpStatus.NO_CONTENT)
	void delete(@PathVariable String name) {
		this.access.require(Permission.WRITE_REGISTRY);
		this.changes.inTransaction(() -> this.commands.deleteDeployment(name(name)));
	}

	/** A path's rest begins with its slash; names may have slashes in them. */
	private static String name(String rest) {
		return rest.substring(1);
	}

}
