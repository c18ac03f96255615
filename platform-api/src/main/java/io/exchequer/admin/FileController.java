package io.exchequer.admin;

import java.io.IOException;

import io.exchequer.admin.ConfigurationFiles.Result;
import io.exchequer.kernel.ValidationProblem;
import io.exchequer.security.AccessControl;
import io.exchequer.security.AccessControl.Scope;
import io.exchequer.security.CurrentActor;
import io.exchequer.security.Permission;
import io.swagger.v3.oas.annotations.media.Content;
import io.swagger.v3.oas.annotations.media.Schema;
import io.swagger.v3.oas.annotations.parameters.RequestBody;
import io.swagger.v3.oas.annotations.tags.Tag;
import jakarta.servlet.http.HttpServletRequest;
import org.jspecify.annotations.Nullable;

import org.springframework.http.MediaType;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RestController;

/** The configuration as a file. */
@RestController
@RequestMapping("/admin/v1")
@Tag(name = "configuration")
class FileController {

	private static final String YAML = "application/yaml";

	private final ConfigurationFiles files;

	private final FileExport export;

	private final References references;

	private final Changes changes;

	private final AccessControl access;

	private final CurrentActor current;

	FileController(ConfigurationFiles files, FileExport export, References references, Changes changes,
			AccessControl access, CurrentActor current) {
		this.files = files;
		this.export = export;
		this.references = references;
		this.changes = changes;
		this.access = access;
		this.current = current;
	}

	/**
	 * Applies a file: all of it or nothing. Applying it again changes nothing.
	 * @param dryRun whether only to say what would change
	 */
	@PostMapping(path = "/apply",
			consumes = { MediaType.APPLICATION_JSON_VALUE, YAML, "application/x-yaml", "text/yaml", "text/x-yaml" },
			produces = MediaType.APPLICATION_JSON_VALUE)
	@RequestBody(content = {
			@Content(mediaType = MediaType.APPLICATION_JSON_VALUE,
					schema = @Schema(implementation = ConfigurationFile.class)),
			@Content(mediaType = YAML, schema = @Schema(implementation = ConfigurationFile.class)) })
	Result apply(HttpServletRequest request, @RequestParam(defaultValue = "false") boolean dryRun) throws IOException {
		this.access.require(Permission.APPLY);
		byte[] document = request.getInputStream().readNBytes(ConfigurationFiles.BYTES_MAX + 1);
		if (document.length > ConfigurationFiles.BYTES_MAX) {
			throw ValidationProblem.of("too_large", "",
					"a file has at most " + ConfigurationFiles.BYTES_MAX + " bytes: apply it in parts");
		}
		String type = request.getContentType();
		boolean json = type != null && type.startsWith(MediaType.APPLICATION_JSON_VALUE);
		return this.files.apply(this.files.read(document, json), dryRun);
	}

	/**
	 * Exports what is in use as a file, without any secret. Whoever acts in one tenant
	 * gets that tenant alone.
	 * @param tenant the one tenant to export, by name or identifier
	 */
	@GetMapping(path = "/export", produces = { MediaType.APPLICATION_JSON_VALUE, YAML })
	ConfigurationFile export(@RequestParam(required = false) @Nullable String tenant) {
		Scope scope = this.access.scope(Permission.EXPORT);
		boolean everything = tenant == null && this.current.require().tenant() == null;
		return this.changes.inTransaction(() -> everything ? this.export.everything(scope.tenants())
				: this.export.tenantsOnly(this.references.tenants(scope, tenant)));
	}

}
