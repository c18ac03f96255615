package io.exchequer.admin;

import java.io.IOException;
import java.io.InputStream;
import java.math.BigDecimal;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.UUID;

import io.exchequer.admin.Changes.Subject;
import io.exchequer.admin.PriceCardController.PriceCardResource;
import io.exchequer.admin.RegistryEntries.TierEntry;
import io.exchequer.kernel.UsageBucket;
import io.exchequer.kernel.ValidationProblem;
import io.exchequer.registry.Change;
import io.exchequer.registry.PriceImports;
import io.exchequer.registry.PriceImports.Matched;
import io.exchequer.registry.PriceImports.NumberedEntry;
import io.exchequer.registry.PriceImports.PriceChange;
import io.exchequer.registry.PriceImports.PriceImport;
import io.exchequer.registry.PriceImports.Proposal;
import io.exchequer.registry.PriceImports.State;
import io.exchequer.registry.PriceList;
import io.exchequer.registry.PriceListEntry;
import io.exchequer.registry.PriceListEntry.Outcome;
import io.exchequer.registry.RegistryView.PriceCardView;
import io.exchequer.security.AccessControl;
import io.exchequer.security.Permission;
import io.swagger.v3.oas.annotations.media.Content;
import io.swagger.v3.oas.annotations.media.Schema;
import io.swagger.v3.oas.annotations.tags.Tag;
import jakarta.servlet.http.HttpServletRequest;
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

/** Price lists in LiteLLM's form, and the price cards that they propose. */
@RestController
@RequestMapping(path = "/admin/v1/price-imports", produces = MediaType.APPLICATION_JSON_VALUE)
@Tag(name = "price-imports")
class PriceImportController {

	private static final String DEFAULT_SOURCE = "imported price list";

	/**
	 * How much of a list that is too long is waited for, so that its sender is answered.
	 */
	private static final long UNREAD_BYTES_MAX = 256L * 1024 * 1024;

	private static final int MAPPED_MAX = 10_000;

	private final PriceImports imports;

	private final Changes changes;

	private final AccessControl access;

	PriceImportController(PriceImports imports, Changes changes, AccessControl access) {
		this.imports = imports;
		this.changes = changes;
		this.access = access;
	}

	/** Lists imports, the newest first. */
	@GetMapping
	Page<ImportResource> list(@RequestParam(required = false) @Nullable Integer limit,
			@RequestParam(required = false) @Nullable String cursor) {
		this.access.require(Permission.READ_PRICE_IMPORTS);
		int most = Page.limit(limit);
		UUID before = (cursor != null) ? Page.after(cursor) : null;
		return this.changes.inTransaction(() -> Page.of(this.imports.imports(before, most + 1), most, PriceImport::id))
			.map(ImportResource::of);
	}

	/**
	 * Reads a price list, the body, and proposes price cards; or compares it with an
	 * earlier import, and proposes nothing. Nothing is in force before it is approved.
	 * @param source where the list is from
	 * @param crossCheckOf the earlier import to compare with
	 * @param map which entry has a deployment's price, as {@code deployment=entry}, where
	 * its provider and its upstream model do not tell; any number of times
	 */
	@PostMapping(consumes = MediaType.APPLICATION_JSON_VALUE)
	@ResponseStatus(HttpStatus.CREATED)
	@io.swagger.v3.oas.annotations.parameters.RequestBody(required = true,
			content = @Content(mediaType = MediaType.APPLICATION_JSON_VALUE, schema = @Schema(type = "object")))
	ImportResource add(HttpServletRequest request, @RequestParam(defaultValue = DEFAULT_SOURCE) String source,
			@RequestParam(required = false) @Nullable UUID crossCheckOf,
			@RequestParam(required = false) @Nullable List<String> map) throws IOException {
		this.access.require(Permission.WRITE_REGISTRY);
		Map<String, String> mapping = mapping(map);
		if (crossCheckOf != null && !mapping.isEmpty()) {
			throw ValidationProblem.of("not_both", "map",
					"must not be given with crossCheckOf, which proposes nothing");
		}
		// Read before a transaction begins: a slow sender holds no connection.
		PriceList list = read(request.getInputStream());
		return this.changes.inTransaction(() -> {
			ImportResource made = ImportResource
				.of((crossCheckOf != null) ? this.imports.crossCheck(list, source, crossCheckOf)
						: this.imports.propose(list, source, mapping));
			this.changes.record(subject(made.id(), source), "create", null, made.summary());
			return made;
		});
	}

	private static PriceList read(InputStream body) throws IOException {
		try {
			return PriceList.read(body);
		}
		catch (ValidationProblem problem) {
			// Whoever still sends would not see the answer.
			byte[] unread = new byte[8192];
			long left = UNREAD_BYTES_MAX;
			for (int read = 0; read >= 0 && left > 0; read = body.read(unread)) {
				left -= read;
			}
			throw problem;
		}
	}

	private static Map<String, String> mapping(@Nullable List<String> map) {
		Map<String, String> mapping = new HashMap<>();
		for (String each : (map != null) ? map : List.<String>of()) {
			int divider = each.indexOf('=');
			if (divider < 1 || divider == each.length() - 1 || mapping.size() == MAPPED_MAX) {
				throw ValidationProblem.of("invalid_mapping", "map",
						"must be deployment=entry, at most " + MAPPED_MAX + " times");
			}
			if (mapping.put(each.substring(0, divider), each.substring(divider + 1)) != null) {
				throw ValidationProblem.of("repeated", "map", "must name a deployment once");
			}
		}
		return mapping;
	}

	private static Subject subject(UUID id, String source) {
		return new Subject("price_import", null, id.toString(), source);
	}

	/** Shows an import with its proposals. */
	@GetMapping("/{id}")
	ImportPage get(@PathVariable UUID id, @RequestParam(required = false) @Nullable Integer limit,
			@RequestParam(required = false) @Nullable String cursor) {
		this.access.require(Permission.READ_PRICE_IMPORTS);
		int most = Page.limit(limit);
		return this.changes.inTransaction(() -> {
			Page<ProposalResource> page = Page
				.of(this.imports.proposals(id, Page.after(cursor), most + 1), most, Proposal::id)
				.map(ProposalResource::of);
			return new ImportPage(ImportResource.of(this.imports.priceImport(id)), page.items(), page.nextCursor());
		});
	}

	/**
	 * Lists what was understood of a list's entries, in its order. The latest imports
	 * keep them.
	 * @param outcome those of which so much was understood: {@code priced},
	 * {@code unpriced}, {@code partly} or {@code refused}
	 */
	@GetMapping("/{id}/entries")
	Page<ListEntryResource> entries(@PathVariable UUID id, @RequestParam(required = false) @Nullable String outcome,
			@RequestParam(required = false) @Nullable Integer limit,
			@RequestParam(required = false) @Nullable String cursor) {
		this.access.require(Permission.READ_PRICE_IMPORTS);
		int most = Page.limit(limit);
		int after = position(cursor);
		Outcome wanted = (outcome != null) ? outcome(outcome) : null;
		return this.changes.inTransaction(() -> {
			List<ListEntryResource> found = this.imports.entries(id, wanted, after, most + 1)
				.stream()
				.map(ListEntryResource::of)
				.toList();
			return page(found, most, (found.size() > most) ? found.get(most - 1).position() : 0);
		});
	}

	private static Outcome outcome(String text) {
		for (Outcome outcome : Outcome.values()) {
			if (outcome.name().toLowerCase(Locale.ROOT).equals(text)) {
				return outcome;
			}
		}
		throw ValidationProblem.of("unknown_outcome", "outcome", "must be priced, unpriced, partly or refused");
	}

	/** Lists where a cross-check's list differs from the earlier one. */
	@GetMapping("/{id}/differences")
	Page<ListDifferenceResource> differences(@PathVariable UUID id,
			@RequestParam(required = false) @Nullable Integer limit,
			@RequestParam(required = false) @Nullable String cursor) {
		this.access.require(Permission.READ_PRICE_IMPORTS);
		int most = Page.limit(limit);
		int after = position(cursor);
		return this.changes.inTransaction(() -> {
			List<ListDifferenceResource> found = this.imports.differences(id, after, most + 1)
				.stream()
				.map(ListDifferenceResource::of)
				.toList();
			return page(found, most, (found.size() > most) ? found.get(most - 1).number() : 0);
		});
	}

	private static <T> Page<T> page(List<T> found, int limit, int last) {
		return (found.size() > limit) ? new Page<>(found.subList(0, limit), Integer.toString(last)) : Page.whole(found);
	}

	private static int position(@Nullable String cursor) {
		try {
			int position = (cursor != null) ? Integer.parseInt(cursor) : -1;
			if (position >= -1) {
				return position;
			}
		}
		catch (NumberFormatException ex) {
			// Refused below.
		}
		throw ValidationProblem.of("invalid_cursor", "cursor", "must be a nextCursor from an earlier answer");
	}

	/**
	 * Puts proposals in force, all that are chosen or none, and answers with their cards.
	 */
	@PostMapping(path = "/{id}/approve", consumes = MediaType.APPLICATION_JSON_VALUE)
	Page<PriceCardResource> approve(@PathVariable UUID id, @Valid @RequestBody ApprovalEntry body) {
		this.access.require(Permission.WRITE_REGISTRY);
		Set<UUID> chosen = chosen(body.all(), body.proposals());
		return this.changes.inTransaction(() -> {
			PriceImport of = this.imports.priceImport(id);
			List<Change<PriceCardView>> cards = this.imports.approve(id, chosen, body.effectiveFrom());
			cards.forEach((card) -> this.changes.recorded(Subject.shared("price_card", card.now().deployment()), card));
			List<PriceCardResource> made = cards.stream().map((card) -> PriceCardResource.of(card.now())).toList();
			if (!made.isEmpty()) {
				this.changes.record(subject(id, of.source()), "approve", null,
						new DecidedResource(made.stream().map(PriceCardResource::deployment).toList()));
			}
			return Page.whole(made);
		});
	}

	/** Rejects proposals: the same prices are not proposed again. */
	@PostMapping(path = "/{id}/reject", consumes = MediaType.APPLICATION_JSON_VALUE)
	Page<ProposalResource> reject(@PathVariable UUID id, @Valid @RequestBody RejectionEntry body) {
		this.access.require(Permission.WRITE_REGISTRY);
		Set<UUID> chosen = chosen(body.all(), body.proposals());
		return this.changes.inTransaction(() -> {
			PriceImport of = this.imports.priceImport(id);
			List<ProposalResource> rejected = this.imports.reject(id, chosen)
				.stream()
				.map(ProposalResource::of)
				.toList();
			if (!rejected.isEmpty()) {
				this.changes.record(subject(id, of.source()), "reject", null,
						new DecidedResource(rejected.stream().map(ProposalResource::deployment).toList()));
			}
			return Page.whole(rejected);
		});
	}

	/**
	 * Returns which proposals are meant, or null for all: nobody means all by silence.
	 */
	private static @Nullable Set<UUID> chosen(@Nullable Boolean all, @Nullable Set<UUID> proposals) {
		boolean everything = Boolean.TRUE.equals(all);
		if (everything == (proposals != null)) {
			throw ValidationProblem.of("choose_one", "proposals", "must be given, or else all must be true");
		}
		return proposals;
	}

	/**
	 * Which proposals to put in force.
	 *
	 * @param all whether every open one is meant
	 * @param proposals those that are meant, by identifier
	 * @param effectiveFrom from when they hold, not before now; now by default
	 */
	record ApprovalEntry(@Nullable Boolean all, @Nullable Set<UUID> proposals, @Nullable Instant effectiveFrom) {
	}

	/**
	 * Which proposals to reject.
	 *
	 * @param all whether every open one is meant
	 * @param proposals those that are meant, by identifier
	 */
	record RejectionEntry(@Nullable Boolean all, @Nullable Set<UUID> proposals) {
	}

	/**
	 * What was decided, for the audit.
	 *
	 * @param deployments whose proposals
	 */
	record DecidedResource(List<String> deployments) {
	}

	/**
	 * An import.
	 *
	 * @param id its identifier
	 * @param createdAt when the list was read
	 * @param source where the list is from
	 * @param sha256 the SHA-256 of the list
	 * @param crossCheckOf the earlier import that it was compared with
	 * @param entries how many entries it has, by how much of them was understood
	 * @param proposals how many proposals came of it, by state
	 * @param differences how many differences a cross-check found
	 * @param deployments what came of each deployment
	 */
	record ImportResource(UUID id, Instant createdAt, String source, String sha256, @Nullable UUID crossCheckOf,
			Map<Outcome, Integer> entries, Map<State, Integer> proposals, int differences,
			@Nullable List<MatchResource> deployments) {

		static ImportResource of(PriceImport of) {
			return new ImportResource(of.id(), of.createdAt(), of.source(), of.sha256(), of.crossCheckOf(),
					of.entries(), of.proposals(), of.differences(),
					of.deployments().stream().map(MatchResource::of).toList());
		}

		/** Returns it without what came of each deployment, for the audit. */
		ImportResource summary() {
			return new ImportResource(this.id, this.createdAt, this.source, this.sha256, this.crossCheckOf,
					this.entries, this.proposals, this.differences, null);
		}

	}

	/**
	 * What came of a deployment.
	 *
	 * @param deployment its name
	 * @param result what came of it
	 * @param entries the entries that may have its price
	 */
	record MatchResource(String deployment, Matched.Result result, List<String> entries) {

		static MatchResource of(Matched matched) {
			return new MatchResource(matched.deployment(), matched.result(), matched.entries());
		}

	}

	/**
	 * An import and a part of its proposals.
	 *
	 * @param priceImport the import
	 * @param items the proposals
	 * @param nextCursor what to ask for the next part with, or null at the end
	 */
	record ImportPage(ImportResource priceImport, List<ProposalResource> items, @Nullable String nextCursor) {
	}

	/**
	 * A proposed price card.
	 *
	 * @param id its identifier
	 * @param deployment whose prices
	 * @param entry the list's entry they are from
	 * @param currency their currency
	 * @param tiers the prices
	 * @param notes what to know before approving
	 * @param replaces the card that was in force
	 * @param changes each price beside the one in force
	 * @param state where it stands
	 * @param decidedAt when it ceased to be open
	 * @param priceCard the card that came of it
	 */
	record ProposalResource(UUID id, String deployment, String entry, String currency, List<TierEntry> tiers,
			List<String> notes, @Nullable UUID replaces, List<PriceChangeResource> changes, State state,
			@Nullable Instant decidedAt, @Nullable UUID priceCard) {

		static ProposalResource of(Proposal proposal) {
			return new ProposalResource(proposal.id(), proposal.deployment(), proposal.entry(), proposal.currency(),
					proposal.tiers().stream().map(TierEntry::of).toList(), proposal.notes(), proposal.replaces(),
					proposal.changes().stream().map(PriceChangeResource::of).toList(), proposal.state(),
					proposal.decidedAt(), proposal.priceCard());
		}

	}

	/**
	 * A price beside the one it would replace.
	 *
	 * @param serviceTier the tier
	 * @param inputTokensOver the tier's threshold
	 * @param bucket what is priced
	 * @param before the price in force
	 * @param after the proposed price
	 * @param relativeChange by how much it changes, as a part of the price in force
	 */
	record PriceChangeResource(String serviceTier, long inputTokensOver, UsageBucket bucket,
			@Nullable BigDecimal before, @Nullable BigDecimal after, @Nullable BigDecimal relativeChange) {

		static PriceChangeResource of(PriceChange change) {
			return new PriceChangeResource(change.serviceTier(), change.inputTokensOver(), change.bucket(),
					change.before(), change.after(), change.relativeChange());
		}

	}

	/**
	 * An entry of a list.
	 *
	 * @param position counts the list's entries from 0
	 * @param name its name
	 * @param provider the provider as the list calls it
	 * @param mode what the model is for, as the list calls it
	 * @param outcome how much was understood
	 * @param tiers the prices
	 * @param complete whether they can be a card as they stand
	 * @param regions what prices are multiplied by in a region
	 * @param reasons what was not understood, and why
	 * @param notes what to know of the prices
	 */
	record ListEntryResource(int position, String name, String provider, String mode, Outcome outcome,
			List<TierEntry> tiers, boolean complete, Map<String, BigDecimal> regions, List<ListReasonResource> reasons,
			List<String> notes) {

		static ListEntryResource of(NumberedEntry numbered) {
			PriceListEntry entry = numbered.entry();
			return new ListEntryResource(numbered.position(), entry.name(), entry.provider(), entry.mode(),
					entry.outcome(), entry.tiers().stream().map(TierEntry::of).toList(), entry.complete(),
					entry.regions(), entry.reasons().stream().map(ListReasonResource::of).toList(), entry.notes());
		}

	}

	/**
	 * Why something was not understood.
	 *
	 * @param code stable
	 * @param field the field at fault, empty for the whole entry
	 * @param message for people
	 */
	record ListReasonResource(String code, String field, String message) {

		static ListReasonResource of(PriceListEntry.Reason reason) {
			return new ListReasonResource(reason.code(), reason.field(), reason.message());
		}

	}

	/**
	 * Where two lists differ.
	 *
	 * @param number counts an import's differences from 0
	 * @param entry the entry's name
	 * @param field what differs: a price as {@code tier>threshold:BUCKET}, {@code entry}
	 * or {@code outcome}
	 * @param earlier what the earlier list says
	 * @param later what this list says
	 */
	record ListDifferenceResource(int number, String entry, String field, @Nullable String earlier,
			@Nullable String later) {

		static ListDifferenceResource of(PriceImports.Difference difference) {
			return new ListDifferenceResource(difference.number(), difference.entry(), difference.field(),
					difference.earlier(), difference.later());
		}

	}

}
