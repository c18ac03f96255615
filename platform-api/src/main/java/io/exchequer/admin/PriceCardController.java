package io.exchequer.admin;

import java.time.Instant;
import java.util.List;
import java.util.UUID;

import io.exchequer.admin.RegistryEntries.PriceCardEntry;
import io.exchequer.admin.RegistryEntries.TierEntry;
import io.exchequer.registry.RegistryAdministration;
import io.exchequer.registry.RegistryView.DeploymentView;
import io.exchequer.registry.RegistryView.PriceCardView;
import io.exchequer.security.AccessControl;
import io.exchequer.security.Permission;
import io.swagger.v3.oas.annotations.tags.Tag;
import jakarta.validation.Valid;
import org.jspecify.annotations.Nullable;

import org.springframework.http.HttpStatus;
import org.springframework.http.MediaType;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.ResponseStatus;
import org.springframework.web.bind.annotation.RestController;

/** Effective-dated prices of deployments. A card is never changed, only succeeded. */
@RestController
@RequestMapping(path = "/admin/v1/price-cards", produces = MediaType.APPLICATION_JSON_VALUE)
@Tag(name = "price-cards")
class PriceCardController {

	private final RegistryAdministration registry;

	private final RegistryCommands commands;

	private final Changes changes;

	private final AccessControl access;

	PriceCardController(RegistryAdministration registry, RegistryCommands commands, Changes changes,
			AccessControl access) {
		this.registry = registry;
		this.commands = commands;
		this.changes = changes;
		this.access = access;
	}

	/** Lists a deployment's cards, or every deployment's, the latest of each first. */
	@GetMapping
	Page<PriceCardResource> list(@RequestParam(required = false) @Nullable String deployment) {
		this.access.require(Permission.READ_CATALOG);
		return this.changes.inTransaction(() -> {
			List<String> names = (deployment != null) ? List.of(deployment)
					: this.registry.deployments().stream().map(DeploymentView::name).toList();
			return Page.whole(names.stream()
				.flatMap((name) -> this.registry.priceCards(name).stream())
				.map(PriceCardResource::of)
				.toList());
		});
	}

	@GetMapping("/{id}")
	PriceCardResource get(@PathVariable UUID id) {
		this.access.require(Permission.READ_CATALOG);
		return this.changes.inTransaction(() -> PriceCardResource.of(this.registry.priceCard(id)));
	}

	@PostMapping(consumes = MediaType.APPLICATION_JSON_VALUE)
	@ResponseStatus(HttpStatus.CREATED)
	PriceCardResource add(@Valid @RequestBody PriceCardEntry body) {
		this.access.require(Permission.WRITE_REGISTRY);
		return this.changes.inTransaction(() -> PriceCardResource.of(this.commands.add(body).now()));
	}

	/**
	 * A price card.
	 *
	 * @param id its identifier, which ledger lines carry
	 * @param deployment the deployment's name
	 * @param version counts the deployment's cards from 1
	 * @param effectiveFrom from when it holds
	 * @param currency the currency of its prices
	 * @param tiers the prices
	 * @param source where they are from
	 * @param note why
	 * @param createdAt when it was added
	 */
	record PriceCardResource(UUID id, String deployment, int version, Instant effectiveFrom, String currency,
			List<TierEntry> tiers, String source, String note, Instant createdAt) {

		static PriceCardResource of(PriceCardView view) {
			return new PriceCardResource(view.card().id(), view.deployment(), view.card().version(),
					view.card().effectiveFrom(), view.card().currency().getCurrencyCode(),
					view.card().tiers().stream().map(TierEntry::of).toList(), view.source(), view.note(),
					view.createdAt());
		}

	}

}
