package io.exchequer.registry.administration;

import java.time.Clock;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.function.Function;
import java.util.stream.Collectors;

import io.exchequer.kernel.ConflictProblem;
import io.exchequer.kernel.NotFoundProblem;
import io.exchequer.kernel.Uuid7;
import io.exchequer.kernel.ValidationProblem;
import io.exchequer.kernel.ValidationProblem.Collector;
import io.exchequer.registry.Change;
import io.exchequer.registry.PriceImports;
import io.exchequer.registry.PriceImports.Matched.Result;
import io.exchequer.registry.PriceList;
import io.exchequer.registry.PriceListEntry;
import io.exchequer.registry.PriceListEntry.Outcome;
import io.exchequer.registry.PriceTier;
import io.exchequer.registry.Provider;
import io.exchequer.registry.RegistryCommand.AddPriceCard;
import io.exchequer.registry.RegistryView.DeploymentView;
import io.exchequer.registry.RegistryView.PriceCardView;
import io.exchequer.registry.RegistryView.ProviderView;
import io.exchequer.registry.administration.PriceImportRows.ProposalRow;
import io.exchequer.registry.administration.PriceMatcher.Match;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Service;
import org.springframework.transaction.annotation.Transactional;

/**
 * Puts each call into a transaction, the caller's where there is one.
 */
@Service
@Transactional
class TransactionalPriceImports implements PriceImports {

	private static final int SOURCE_MAX = 512;

	private final PriceImportRows rows;

	private final Deployments deployments;

	private final Providers providers;

	private final Clock clock;

	private final Uuid7 ids;

	TransactionalPriceImports(PriceImportRows rows, Deployments deployments, Providers providers, Clock clock) {
		this.rows = rows;
		this.deployments = deployments;
		this.providers = providers;
		this.clock = clock;
		this.ids = new Uuid7(clock);
	}

	@Override
	public PriceImport propose(PriceList list, String source, Map<String, String> mapping) {
		this.rows.lock();
		PriceMatcher matcher = new PriceMatcher(list.entries());
		Map<String, DeploymentView> views = this.deployments.all()
			.stream()
			.collect(Collectors.toMap(DeploymentView::name, Function.identity()));
		Collector problems = new Collector();
		source(problems, source);
		mapping.forEach((deployment, entry) -> {
			problems.require(views.containsKey(deployment), "unknown_deployment", "map",
					"\"" + deployment + "\" must be the name of a deployment that is there");
			problems.require(matcher.knows(entry), "unknown_entry", "map",
					"\"" + entry + "\" must be the name of an entry of the list");
		});
		problems.throwIfAny();
		UUID id = this.ids.next();
		Map<String, Provider> byName = providersByName();
		List<Matched> results = new ArrayList<>();
		List<ProposalRow> proposals = new ArrayList<>();
		for (DeploymentView deployment : views.values()
			.stream()
			.sorted((a, b) -> a.name().compareTo(b.name()))
			.toList()) {
			Provider provider = byName.get(deployment.provider());
			if (provider != null) {
				Match match = matcher.match(deployment, provider, mapping.get(deployment.name()));
				Result result = weigh(id, deployment, matchedAs(deployment, provider), match, proposals);
				results.add(new Matched(deployment.name(), result, match.entries()));
			}
		}
		store(new PriceImport(id, now(), source, list.sha256(), null, outcomes(list), Map.of(), 0, results), list,
				List.of());
		proposals.forEach(this.rows::insert);
		return priceImport(id);
	}

	private Map<String, Provider> providersByName() {
		return this.providers.all()
			.stream()
			.collect(Collectors.toMap((view) -> view.provider().name(), ProviderView::provider));
	}

	/** Returns what a deployment calls: where that changes, other prices may apply. */
	private static String matchedAs(DeploymentView deployment, @Nullable Provider provider) {
		return (provider != null) ? provider.kind() + " " + provider.baseUrl() + " " + deployment.upstreamModel() : "";
	}

	/** Says what comes of a match, and adds what is to be proposed. */
	private Result weigh(UUID importId, DeploymentView deployment, String matchedAs, Match match,
			List<ProposalRow> proposals) {
		List<PriceTier> tiers = match.tiers();
		if (tiers == null) {
			return match.result();
		}
		UUID deploymentId = deployment.id().value();
		List<ProposalRow> before = this.rows.proposals(deploymentId);
		Optional<ProposalRow> open = before.stream().filter((row) -> row.state() == State.OPEN).findFirst();
		List<PriceCardView> cards = this.deployments.cards(deployment.name());
		if (!cards.isEmpty() && Deployments.says(cards.getFirst(), PriceList.CURRENCY, tiers)) {
			open.ifPresent((row) -> this.rows.decide(row.id(), State.SUPERSEDED, now(), null));
			return Result.UNCHANGED;
		}
		Optional<PriceCardView> inForce = Deployments.inForceAt(cards, now());
		UUID replaces = inForce.map((view) -> view.card().id()).orElse(null);
		// What was superseded was never decided: the one before it may have been.
		Optional<ProposalRow> last = open
			.or(() -> before.stream().filter((row) -> row.state() != State.SUPERSEDED).findFirst());
		if (last.filter((row) -> row.state() != State.APPROVED && row.says(tiers, matchedAs, replaces)).isPresent()) {
			return Result.PROPOSED_BEFORE;
		}
		open.ifPresent((row) -> this.rows.decide(row.id(), State.SUPERSEDED, now(), null));
		List<String> notes = new ArrayList<>(match.notes());
		inForce.map((view) -> view.card().currency().getCurrencyCode())
			.filter((currency) -> !currency.equals(PriceList.CURRENCY))
			.ifPresent((currency) -> notes
				.add("The card in force is in " + currency + ", the proposed one in " + PriceList.CURRENCY + "."));
		proposals.add(new ProposalRow(this.ids.next(), importId, deploymentId, deployment.name(), matchedAs,
				match.entries().getFirst(), PriceList.CURRENCY, tiers, notes, replaces, State.OPEN, null, null));
		return Result.PROPOSED;
	}

	@Override
	public PriceImport crossCheck(PriceList list, String source, UUID earlier) {
		this.rows.lock();
		Collector problems = new Collector();
		source(problems, source);
		problems.throwIfAny();
		PriceImport before = priceImport(earlier);
		List<PriceListEntry> entries = this.rows.entries(earlier, null, -1, PriceList.ENTRIES_MAX)
			.stream()
			.map(NumberedEntry::entry)
			.toList();
		if (entries.size() != before.entries().values().stream().mapToInt(Integer::intValue).sum()) {
			throw new ConflictProblem("entries_gone",
					"Only the latest " + IMPORTS_WITH_ENTRIES + " imports keep their entries: import that list again.");
		}
		List<Difference> differences = PriceComparison.differences(entries, list.entries());
		UUID id = this.ids.next();
		store(new PriceImport(id, now(), source, list.sha256(), earlier, outcomes(list), Map.of(), differences.size(),
				List.of()), list, differences);
		return priceImport(id);
	}

	private void store(PriceImport of, PriceList list, List<Difference> differences) {
		this.rows.insert(of);
		this.rows.insertEntries(of.id(), list.entries());
		this.rows.insertDifferences(of.id(), differences);
		this.rows.prune();
	}

	private static void source(Collector problems, String source) {
		problems.require(!source.isBlank() && source.length() <= SOURCE_MAX && RegistryRules.isPrintable(source),
				"invalid_source", "source", "must have 1 to " + SOURCE_MAX + " printable characters");
	}

	private static Map<Outcome, Integer> outcomes(PriceList list) {
		Map<Outcome, Integer> outcomes = new EnumMap<>(Outcome.class);
		for (Outcome outcome : Outcome.values()) {
			outcomes.put(outcome, 0);
		}
		list.entries().forEach((entry) -> outcomes.merge(entry.outcome(), 1, Integer::sum));
		return outcomes;
	}

	@Override
	@Transactional(readOnly = true)
	public List<PriceImport> imports(@Nullable UUID before, int limit) {
		return this.rows.imports(before, limit);
	}

	@Override
	@Transactional(readOnly = true)
	public PriceImport priceImport(UUID id) {
		return this.rows.find(id).orElseThrow(() -> new NotFoundProblem("price_import", id.toString()));
	}

	@Override
	@Transactional(readOnly = true)
	public List<Proposal> proposals(UUID id, UUID after, int limit) {
		priceImport(id);
		return this.rows.proposals(id, after, limit).stream().map(this::view).toList();
	}

	private Proposal view(ProposalRow row) {
		UUID replaces = row.replaces();
		PriceCardView before = (replaces != null) ? this.deployments.card(replaces) : null;
		boolean comparable = before == null || before.card().currency().getCurrencyCode().equals(row.currency());
		return new Proposal(row.id(), row.deployment(), row.entry(), row.currency(), row.tiers(), row.notes(), replaces,
				PriceComparison.changes((before != null) ? before.card().tiers() : List.of(), row.tiers(), comparable),
				row.state(), row.decidedAt(), row.priceCard());
	}

	@Override
	@Transactional(readOnly = true)
	public List<NumberedEntry> entries(UUID id, @Nullable Outcome outcome, int after, int limit) {
		priceImport(id);
		return this.rows.entries(id, outcome, after, limit);
	}

	@Override
	@Transactional(readOnly = true)
	public List<Difference> differences(UUID id, int after, int limit) {
		priceImport(id);
		return this.rows.differences(id, after, limit);
	}

	@Override
	public List<Change<PriceCardView>> approve(UUID id, @Nullable Set<UUID> chosen, @Nullable Instant effectiveFrom) {
		this.rows.lock();
		PriceImport of = priceImport(id);
		Instant now = now();
		if (effectiveFrom != null && effectiveFrom.isBefore(now)) {
			throw ValidationProblem.of("in_the_past", "effectiveFrom", "must not be before now, which is " + now);
		}
		Map<UUID, DeploymentView> views = this.deployments.all()
			.stream()
			.collect(Collectors.toMap((view) -> view.id().value(), Function.identity()));
		Map<String, Provider> byName = providersByName();
		Map<ProposalRow, AddPriceCard> commands = new LinkedHashMap<>();
		List<String> outdated = new ArrayList<>();
		for (ProposalRow row : open(id, chosen)) {
			DeploymentView view = views.get(row.deploymentId());
			if (view == null || !row.matchedAs().equals(matchedAs(view, byName.get(view.provider())))
					|| !Objects.equals(row.replaces(), this.deployments.lockedCardAt(view.name(), now))) {
				outdated.add(row.deployment());
			}
			else {
				commands.put(row, new AddPriceCard(view.name(), effectiveFrom, row.currency(), row.tiers(), of.source(),
						"price import " + id + ", entry " + row.entry()));
			}
		}
		if (!outdated.isEmpty()) {
			throw new ConflictProblem("proposal_outdated",
					"Since the list was imported, other prices have come into force for " + String.join(", ", outdated)
							+ ", or it calls something else, or is gone: import the list again.");
		}
		List<Change<PriceCardView>> cards = new ArrayList<>();
		commands.forEach((row, command) -> {
			Change<PriceCardView> card = this.deployments.add(command);
			this.rows.decide(row.id(), State.APPROVED, now, card.now().card().id());
			cards.add(card);
		});
		return cards;
	}

	@Override
	public List<Proposal> reject(UUID id, @Nullable Set<UUID> chosen) {
		this.rows.lock();
		priceImport(id);
		Instant now = now();
		List<Proposal> rejected = new ArrayList<>();
		for (ProposalRow row : open(id, chosen)) {
			this.rows.decide(row.id(), State.REJECTED, now, null);
			rejected.add(view(row.decided(State.REJECTED, now, null)));
		}
		return rejected;
	}

	private List<ProposalRow> open(UUID id, @Nullable Set<UUID> chosen) {
		List<ProposalRow> all = this.rows.proposals(id, new UUID(0, 0), Integer.MAX_VALUE);
		if (chosen == null) {
			return all.stream().filter((row) -> row.state() == State.OPEN).toList();
		}
		Set<UUID> unknown = new HashSet<>(chosen);
		all.forEach((row) -> unknown.remove(row.id()));
		if (!unknown.isEmpty()) {
			throw ValidationProblem.of("unknown_proposal", "proposals", "must be proposals of this import: " + unknown);
		}
		List<ProposalRow> rows = all.stream().filter((row) -> chosen.contains(row.id())).toList();
		for (ProposalRow row : rows) {
			if (row.state() != State.OPEN) {
				throw new ConflictProblem("proposal_decided", "The proposal for \"" + row.deployment()
						+ "\" is not open any more: it is " + row.state().name().toLowerCase(Locale.ROOT) + ".");
			}
		}
		return rows;
	}

	private Instant now() {
		return this.clock.instant().truncatedTo(ChronoUnit.MICROS);
	}

}
