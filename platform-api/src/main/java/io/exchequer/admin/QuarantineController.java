package io.exchequer.admin;

import io.exchequer.registry.RegistryAdministration;
import io.exchequer.registry.RegistryView.DeploymentView;
import io.exchequer.security.AccessControl;
import io.exchequer.security.Permission;
import io.swagger.v3.oas.annotations.tags.Tag;

import org.springframework.http.MediaType;
import org.springframework.web.bind.annotation.DeleteMapping;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RestController;

/** Deployments that were taken out because they billed more than their bound. */
@RestController
@RequestMapping(path = "/admin/v1/quarantines", produces = MediaType.APPLICATION_JSON_VALUE)
@Tag(name = "deployments")
class QuarantineController {

	private final RegistryAdministration registry;

	private final RegistryCommands commands;

	private final Changes changes;

	private final AccessControl access;

	QuarantineController(RegistryAdministration registry, RegistryCommands commands, Changes changes,
			AccessControl access) {
		this.registry = registry;
		this.commands = commands;
		this.changes = changes;
		this.access = access;
	}

	@GetMapping
	Page<DeploymentView> list() {
		this.access.require(Permission.READ_CATALOG);
		return this.changes.inTransaction(() -> Page.whole(
				this.registry.deployments().stream().filter((deployment) -> deployment.quarantine() != null).toList()));
	}

	/** Puts a deployment back into service. */
	@DeleteMapping("/{*name}")
	DeploymentView lift(@PathVariable String name) {
		this.access.require(Permission.WRITE_REGISTRY);
		return this.changes.inTransaction(() -> this.commands.liftQuarantine(name.substring(1)).now());
	}

}
