package io.exchequer.admin;

import java.time.Instant;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.UUID;

import io.exchequer.kernel.TenantId;
import io.exchequer.security.AccessControl;
import io.exchequer.security.Audit;
import io.exchequer.security.AuditTrail;
import io.exchequer.security.AuditTrail.Event;
import io.exchequer.security.CurrentActor;
import io.exchequer.security.Permission;
import io.swagger.v3.oas.annotations.media.Schema;
import io.swagger.v3.oas.annotations.tags.Tag;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

import org.springframework.http.MediaType;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RestController;

/** Who changed what. */
@RestController
@RequestMapping(path = "/admin/v1/audit", produces = MediaType.APPLICATION_JSON_VALUE)
@Tag(name = "audit")
class AuditController {

	private static final JsonMapper JSON = AdminMappers.json();

	private final AuditTrail trail;

	private final References references;

	private final CurrentActor current;

	private final AccessControl access;

	AuditController(AuditTrail trail, References references, CurrentActor current, AccessControl access) {
		this.trail = trail;
		this.references = references;
		this.current = current;
		this.access = access;
	}

	/** Lists events, newest first. */
	@GetMapping
	Page<EventResource> list(@RequestParam(required = false) @Nullable String tenant,
			@RequestParam(required = false) @Nullable String resource,
			@RequestParam(required = false) @Nullable Integer limit,
			@RequestParam(required = false) @Nullable String cursor) {
		int most = Page.limit(limit);
		Set<TenantId> tenants = new HashSet<>(
				this.references.tenants(this.access.scope(Permission.READ_AUDIT), tenant));
		if (tenant == null && this.current.require().tenant() == null) {
			tenants.add(Audit.PLATFORM);
		}
		List<Event> found = this.trail.events(tenants, resource, (cursor != null) ? Page.after(cursor) : null,
				most + 1);
		return Page.of(found, most, Event::id).map(EventResource::of);
	}

	/**
	 * An event.
	 *
	 * @param id its identifier
	 * @param tenant whose, or null for what belongs to the platform
	 * @param at when
	 * @param actor who
	 * @param action what was done
	 * @param resource the kind of thing
	 * @param resourceId its identifier
	 * @param resourceName its name
	 * @param before a summary of it before, or null
	 * @param after a summary of it after, or null
	 */
	record EventResource(UUID id, @Nullable TenantId tenant, Instant at, ActorResource actor, String action,
			String resource, String resourceId, String resourceName, @Schema(type = "object") @Nullable JsonNode before,
			@Schema(type = "object") @Nullable JsonNode after) {

		static EventResource of(Event event) {
			return new EventResource(event.id(), event.tenant().equals(Audit.PLATFORM) ? null : event.tenant(),
					event.at(),
					new ActorResource(event.actorKind().toLowerCase(Locale.ROOT).replace('_', '-'), event.actorId(),
							event.actorName(), event.role(), event.method(), event.address()),
					event.action(), event.resource(), event.resourceId(), event.resourceName(), tree(event.before()),
					tree(event.after()));
		}

		private static @Nullable JsonNode tree(@Nullable String json) {
			return (json != null) ? JSON.readTree(json) : null;
		}

	}

	/**
	 * Who acted.
	 *
	 * @param kind {@code user}, {@code admin-token} or {@code platform}
	 * @param id its identifier, or null
	 * @param name its name
	 * @param role the roles it acted by
	 * @param method the way it showed who it is
	 * @param address where it came from, or null
	 */
	record ActorResource(String kind, @Nullable UUID id, String name, String role, String method,
			@Nullable String address) {
	}

}
