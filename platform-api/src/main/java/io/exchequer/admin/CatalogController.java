package io.exchequer.admin;

import java.time.Clock;
import java.time.Instant;
import java.time.LocalDate;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Collectors;

import io.exchequer.admin.CatalogRegistrations.CatalogRegistration;
import io.exchequer.admin.CatalogRegistrations.RegisteredModel;
import io.exchequer.admin.RegistryEntries.TierEntry;
import io.exchequer.catalog.Ability;
import io.exchequer.catalog.Catalog;
import io.exchequer.catalog.CatalogFact.AbilitiesFact;
import io.exchequer.catalog.CatalogFact.LanguagesFact;
import io.exchequer.catalog.CatalogFact.LicenceFact;
import io.exchequer.catalog.CatalogFact.LifecycleFact;
import io.exchequer.catalog.CatalogFact.LimitsFact;
import io.exchequer.catalog.CatalogFact.ListPriceFact;
import io.exchequer.catalog.CatalogFact.ModalitiesFact;
import io.exchequer.catalog.CatalogFact.ParametersFact;
import io.exchequer.catalog.CatalogFilter;
import io.exchequer.catalog.CatalogModel;
import io.exchequer.catalog.CatalogSource;
import io.exchequer.catalog.Hosting;
import io.exchequer.catalog.Quantisations.WeightSize;
import io.exchequer.kernel.NotFoundProblem;
import io.exchequer.kernel.ValidationProblem;
import io.exchequer.registry.Lifecycle.Stage;
import io.exchequer.registry.Modality;
import io.exchequer.security.AccessControl;
import io.exchequer.security.Permission;
import io.swagger.v3.oas.annotations.responses.ApiResponse;
import io.swagger.v3.oas.annotations.tags.Tag;
import jakarta.validation.Valid;
import org.jspecify.annotations.Nullable;

import org.springframework.http.HttpStatus;
import org.springframework.http.MediaType;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RestController;

/** The models in the market, and their way into the registry. */
@RestController
@RequestMapping(path = "/admin/v1/catalog", produces = MediaType.APPLICATION_JSON_VALUE)
@Tag(name = "catalog")
class CatalogController {

	private final Catalog catalog;

	private final CatalogRegistrations registrations;

	private final Changes changes;

	private final AccessControl access;

	private final Clock clock;

	CatalogController(Catalog catalog, CatalogRegistrations registrations, Changes changes, AccessControl access,
			Clock clock) {
		this.catalog = catalog;
		this.registrations = registrations;
		this.changes = changes;
		this.access = access;
		this.clock = clock;
	}

	/**
	 * Lists the entries by identifier.
	 * @param vendor those of a vendor
	 * @param modality those that read or write it
	 * @param capability those that are known for it: tools, structured-output, reasoning,
	 * prompt-caching or fill-in-the-middle
	 * @param hosting those that can be had hosted or local
	 * @param lifecycle those in that stage now
	 */
	@GetMapping
	Page<CatalogResource> entries(@RequestParam(required = false) @Nullable String vendor,
			@RequestParam(required = false) @Nullable String modality,
			@RequestParam(required = false) @Nullable String capability,
			@RequestParam(required = false) @Nullable String hosting,
			@RequestParam(required = false) @Nullable String lifecycle,
			@RequestParam(required = false) @Nullable Integer limit,
			@RequestParam(required = false) @Nullable String cursor) {
		this.access.require(Permission.READ_CATALOG);
		int most = Page.limit(limit);
		if (cursor != null && known(cursor) == null) {
			throw ValidationProblem.of("invalid_cursor", "cursor", "must be a nextCursor from an earlier answer");
		}
		CatalogFilter filter = new CatalogFilter(vendor, named(Modality.class, "modality", modality),
				named(Ability.class, "capability", capability), named(Hosting.class, "hosting", hosting),
				named(Stage.class, "lifecycle", lifecycle));
		Instant now = this.clock.instant();
		List<CatalogModel> found = this.catalog.models(filter, now)
			.stream()
			.filter((model) -> cursor == null || model.id().compareTo(cursor) > 0)
			.limit(most + 1L)
			.toList();
		List<CatalogModel> items = found.subList(0, Math.min(most, found.size()));
		return new Page<>(items.stream().map((model) -> resource(model, now)).toList(),
				(found.size() > most) ? items.getLast().id() : null);
	}

	/** Tells an entry, by its identifier. */
	@GetMapping("/{id}")
	CatalogResource entry(@PathVariable String id) {
		this.access.require(Permission.READ_CATALOG);
		return resource(required(id), this.clock.instant());
	}

	/**
	 * Registers an entry's model, and a deployment of it at a provider with a price card
	 * where the body asks for one: all or nothing. What is there already and says the
	 * same is left alone.
	 */
	@PostMapping(path = "/{id}/register", consumes = MediaType.APPLICATION_JSON_VALUE)
	@ApiResponse(responseCode = "201", description = "Something was created")
	@ApiResponse(responseCode = "200", description = "Everything was there already")
	ResponseEntity<RegisteredModel> register(@PathVariable String id, @Valid @RequestBody CatalogRegistration body) {
		this.access.require(Permission.WRITE_REGISTRY);
		CatalogModel entry = required(id);
		RegisteredModel registered = this.changes
			.inTransaction(() -> this.registrations.register(entry, body, this.clock.instant()));
		return ResponseEntity.status(registered.anyCreated() ? HttpStatus.CREATED : HttpStatus.OK).body(registered);
	}

	private @Nullable CatalogModel known(String id) {
		return this.catalog.find(id).filter((model) -> model.id().equals(id)).orElse(null);
	}

	private CatalogModel required(String id) {
		CatalogModel entry = known(id);
		if (entry == null) {
			throw new NotFoundProblem("catalog_model", id);
		}
		return entry;
	}

	private static <E extends Enum<E>> @Nullable E named(Class<E> type, String field, @Nullable String name) {
		if (name == null) {
			return null;
		}
		for (E value : type.getEnumConstants()) {
			if (written(value).equalsIgnoreCase(name)) {
				return value;
			}
		}
		throw ValidationProblem.of("unknown_value", field,
				"must be one of " + Arrays.stream(type.getEnumConstants())
					.map(CatalogController::written)
					.collect(Collectors.joining(", ")));
	}

	private static String written(Enum<?> value) {
		return value.name().toLowerCase(Locale.ROOT).replace('_', '-');
	}

	private CatalogResource resource(CatalogModel model, Instant at) {
		List<WeightSize> sizes = this.catalog.weightSizes(model);
		ListPriceFact price = model.listPrice();
		return new CatalogResource(model.id(), model.name(), model.vendor(), model.hosting(), model.aliases(),
				model.upstreamModel(), model.note(), model.lifecycle().stageAt(at), model.lifecycle(), model.limits(),
				model.modalities(), model.abilities(), (price != null) ? ListPrice.of(price, at) : null,
				model.parameters(), sizes.isEmpty() ? null : new WeightMemory(sizes), model.licence(),
				model.languages());
	}

	/**
	 * What is known of a model. Each group of figures has its sources with their dates;
	 * what no source tells is left out.
	 *
	 * @param id its identifier in the catalogue
	 * @param name what people call it
	 * @param vendor who makes it
	 * @param hosting where it can be had: from its vendor, or as weights
	 * @param aliases other names it is known by
	 * @param upstreamModel the name that a provider most likely knows it by
	 * @param note what has to be known beside
	 * @param stage where it stands now
	 * @param lifecycle where it stood on the day of the sources, and what is announced
	 * @param limits how many tokens fit
	 * @param modalities what it reads and writes
	 * @param abilities what it is known to do
	 * @param listPrice what its vendor asks without a contract
	 * @param parameters how large it is
	 * @param memory how much of memory its weights take
	 * @param licence the terms of its weights
	 * @param languages the languages its makers name
	 */
	record CatalogResource(String id, String name, String vendor, Set<Hosting> hosting, List<String> aliases,
			String upstreamModel, @Nullable String note, Stage stage, LifecycleFact lifecycle,
			@Nullable LimitsFact limits, @Nullable ModalitiesFact modalities, @Nullable AbilitiesFact abilities,
			@Nullable ListPrice listPrice, @Nullable ParametersFact parameters, @Nullable WeightMemory memory,
			@Nullable LicenceFact licence, @Nullable LanguagesFact languages) {
	}

	/**
	 * What a vendor asks without a contract.
	 *
	 * @param currency the currency of every price
	 * @param tiers the prices, per million tokens
	 * @param validUntil the last day (UTC) on which the vendor asks it, where an end is
	 * announced
	 * @param over whether that day is past
	 * @param note what has to be known beside
	 * @param sources where this is from
	 */
	record ListPrice(String currency, List<TierEntry> tiers, @Nullable LocalDate validUntil, boolean over,
			@Nullable String note, List<CatalogSource> sources) {

		static ListPrice of(ListPriceFact price, Instant at) {
			return new ListPrice(price.currency(), price.tiers().stream().map(TierEntry::of).toList(),
					price.validUntil(), price.over(at), price.note(), price.sources());
		}

	}

	/**
	 * How much of memory a model's weights take; what a request's context takes comes on
	 * top.
	 *
	 * @param formula how the computed sizes are computed
	 * @param sizes one for each way to keep the weights, computed; then what somebody
	 * published
	 */
	record WeightMemory(String formula, List<WeightSize> sizes) {

		WeightMemory(List<WeightSize> sizes) {
			this("parameters × bits per weight ÷ 8", sizes);
		}

	}

}
