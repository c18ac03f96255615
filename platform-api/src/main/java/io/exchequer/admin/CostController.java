package io.exchequer.admin;

import java.time.Clock;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.UUID;

import io.exchequer.billing.LedgerQueries;
import io.exchequer.billing.LedgerQueries.Dimension;
import io.exchequer.billing.LedgerQueries.Filter;
import io.exchequer.configuration.ConfigurationSource;
import io.exchequer.kernel.Money;
import io.exchequer.kernel.NotFoundProblem;
import io.exchequer.kernel.TeamId;
import io.exchequer.kernel.TenantId;
import io.exchequer.kernel.TokenUsage;
import io.exchequer.kernel.UsageBucket;
import io.exchequer.kernel.ValidationProblem;
import io.exchequer.registry.RegistrySnapshot;
import io.exchequer.routing.DecisionView;
import io.exchequer.routing.Decisions;
import io.exchequer.security.AccessControl;
import io.exchequer.security.AccessControl.Scope;
import io.exchequer.security.Permission;
import io.swagger.v3.oas.annotations.tags.Tag;
import org.jspecify.annotations.Nullable;

import org.springframework.format.annotation.DateTimeFormat;
import org.springframework.http.MediaType;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RestController;

/** What was spent, and why requests went where they went. */
@RestController
@RequestMapping(path = "/admin/v1", produces = MediaType.APPLICATION_JSON_VALUE)
@Tag(name = "costs")
class CostController {

	private final LedgerQueries ledger;

	private final Decisions decisions;

	private final ConfigurationSource configuration;

	private final References references;

	private final Changes changes;

	private final AccessControl access;

	private final Clock clock;

	CostController(LedgerQueries ledger, Decisions decisions, ConfigurationSource configuration, References references,
			Changes changes, AccessControl access, Clock clock) {
		this.ledger = ledger;
		this.decisions = decisions;
		this.configuration = configuration;
		this.references = references;
		this.changes = changes;
		this.access = access;
		this.clock = clock;
	}

	/** Lists ledger lines, newest first. */
	@GetMapping("/ledger")
	Page<LineResource> ledger(@RequestParam(required = false) @Nullable String tenant,
			@RequestParam(required = false) @Nullable UUID team, @RequestParam(required = false) @Nullable UUID project,
			@RequestParam(required = false) @Nullable UUID key, @RequestParam(required = false) @Nullable UUID model,
			@RequestParam(required = false) @Nullable UUID request,
			@RequestParam(required = false) @DateTimeFormat(iso = DateTimeFormat.ISO.DATE_TIME) @Nullable Instant from,
			@RequestParam(required = false) @DateTimeFormat(iso = DateTimeFormat.ISO.DATE_TIME) @Nullable Instant to,
			@RequestParam(required = false) @Nullable Integer limit,
			@RequestParam(required = false) @Nullable String cursor) {
		int most = Page.limit(limit);
		TenantId id = this.references.tenant(Permission.READ_COSTS, tenant);
		Filter filter = new Filter(PlainValues.checked("from", from), PlainValues.checked("to", to), own(team), project,
				key, model, request, null, null);
		return this.changes.inTransaction(() -> {
			LedgerQueries.Page page = this.ledger.lines(id, filter, cursor, most);
			return new Page<>(page.lines().stream().map(LineResource::of).toList(), page.next());
		});
	}

	/**
	 * Sums usage and cost by a dimension.
	 * @param from the first instant; the beginning of this month (UTC) by default
	 * @param to the first instant after; now by default
	 */
	@GetMapping("/usage")
	Page<UsageResource> usage(@RequestParam(required = false) @Nullable String tenant,
			@RequestParam(defaultValue = "team") String by, @RequestParam(required = false) @Nullable UUID team,
			@RequestParam(required = false) @DateTimeFormat(iso = DateTimeFormat.ISO.DATE_TIME) @Nullable Instant from,
			@RequestParam(required = false) @DateTimeFormat(iso = DateTimeFormat.ISO.DATE_TIME) @Nullable Instant to) {
		TenantId id = this.references.tenant(Permission.READ_COSTS, tenant);
		Instant now = this.clock.instant();
		Instant monthStart = LocalDate.ofInstant(now, ZoneOffset.UTC)
			.withDayOfMonth(1)
			.atStartOfDay(ZoneOffset.UTC)
			.toInstant();
		Filter filter = new Filter(Objects.requireNonNullElse(PlainValues.checked("from", from), monthStart),
				Objects.requireNonNullElse(PlainValues.checked("to", to), now), own(team), null, null, null, null, null,
				null);
		return this.changes.inTransaction(() -> Page
			.whole(this.ledger.usage(id, dimension(by), filter).stream().map(UsageResource::of).toList()));
	}

	/** Says why each candidate of a request was chosen or excluded. */
	@GetMapping("/decisions/{requestId}")
	DecisionView decision(@PathVariable UUID requestId, @RequestParam(required = false) @Nullable String tenant) {
		Scope scope = this.access.scope(Permission.READ_COSTS);
		RegistrySnapshot registry = this.configuration.current().routing().registry();
		return this.changes.inTransaction(() -> this.references.tenants(scope, tenant)
			.stream()
			.filter((id) -> scope.everyTeam() || isOwn(scope, id, requestId))
			.flatMap((id) -> this.decisions.find(id, requestId, registry).stream())
			.findFirst()
			.orElseThrow(() -> new NotFoundProblem("decision", requestId.toString())));
	}

	private boolean isOwn(Scope scope, TenantId tenant, UUID requestId) {
		Filter filter = new Filter(null, null, null, null, null, null, requestId, null, null);
		return this.ledger.lines(tenant, filter, null, 1)
			.lines()
			.stream()
			.anyMatch((line) -> scope.teams().contains(new TeamId(line.team())));
	}

	/** Narrows a question to the team of whoever may only ask about that. */
	private @Nullable UUID own(@Nullable UUID team) {
		Scope scope = this.access.scope(Permission.READ_COSTS);
		if (scope.everyTeam()) {
			return team;
		}
		if (team != null && scope.teams().contains(new TeamId(team))) {
			return team;
		}
		if (team == null && scope.teams().size() == 1) {
			return scope.teams().iterator().next().value();
		}
		throw ValidationProblem.of("team_required", "team", "say which of your teams is meant");
	}

	private static Dimension dimension(String text) {
		for (Dimension dimension : Dimension.values()) {
			if (dimension.name().equalsIgnoreCase(text.replace('-', '_'))) {
				return dimension;
			}
		}
		throw ValidationProblem.of("invalid_dimension", "by",
				"must be team, project, key, model, deployment, provider, task, cost-centre, tag or day");
	}

	/**
	 * A ledger line.
	 *
	 * @param transaction its transaction's identifier
	 * @param kind {@code settlement}, {@code estimate}, {@code reversal} or
	 * {@code correction}
	 * @param reverses the transaction it reverses, or null
	 * @param postedAt when it was posted
	 * @param admittedAt when its attempt was admitted, which decides the budgets' windows
	 * @param request the request
	 * @param hold the attempt's hold
	 * @param attempt counts the request's attempts from 1
	 * @param team the team
	 * @param project the project
	 * @param key the virtual key
	 * @param costCentre the cost centre, or null
	 * @param task the task
	 * @param tags the tags
	 * @param provider the provider
	 * @param model the model
	 * @param deployment the deployment
	 * @param priceCard the price card that it was priced by
	 * @param serviceTier the tier of the response
	 * @param credential the credential used, or null
	 * @param upstreamRequest the provider's identifier of the call, or null
	 * @param estimatedReason why it is an estimate, or null
	 * @param amount the cost in whole units, negative for a reversal
	 * @param currency its currency
	 * @param usage what was used, by bucket, or null where that is not known
	 */
	record LineResource(UUID transaction, String kind, @Nullable UUID reverses, Instant postedAt, Instant admittedAt,
			UUID request, UUID hold, int attempt, UUID team, UUID project, UUID key, @Nullable String costCentre,
			String task, List<String> tags, UUID provider, UUID model, UUID deployment, UUID priceCard,
			String serviceTier, @Nullable UUID credential, @Nullable String upstreamRequest,
			@Nullable String estimatedReason, String amount, String currency, @Nullable Map<UsageBucket, Long> usage) {

		static LineResource of(LedgerQueries.Line line) {
			return new LineResource(line.transactionId(), line.kind(), line.reverses(), line.postedAt(),
					line.admittedAt(), line.requestId(), line.holdId(), line.attempt(), line.team(), line.project(),
					line.key(), line.costCentre(), line.task(), line.tags(), line.provider(), line.model(),
					line.deployment(), line.priceCard(), line.serviceTier(), line.credentialId(),
					line.upstreamRequestId(), line.estimatedReason(),
					new Money(line.amountNanos(), line.currency()).toPlainString(), line.currency().getCurrencyCode(),
					counts(line.usage()));
		}

		private static @Nullable Map<UsageBucket, Long> counts(@Nullable TokenUsage usage) {
			if (usage == null) {
				return null;
			}
			Map<UsageBucket, Long> counts = new EnumMap<>(UsageBucket.class);
			for (UsageBucket bucket : UsageBucket.values()) {
				if (usage.get(bucket) != 0) {
					counts.put(bucket, usage.get(bucket));
				}
			}
			return counts;
		}

	}

	/**
	 * A sum of usage.
	 *
	 * @param value the dimension's value: an identifier, a name, a tag or a day (UTC)
	 * @param amount the cost in whole units
	 * @param currency its currency
	 * @param requests the requests
	 * @param inputTokens every input bucket together
	 * @param outputTokens every output bucket together
	 * @param units what is counted neither in tokens nor in requests, by bucket: images,
	 * milliseconds, characters and the like
	 */
	record UsageResource(String value, String amount, String currency, long requests, long inputTokens,
			long outputTokens, Map<UsageBucket, Long> units) {

		static UsageResource of(LedgerQueries.UsageRow row) {
			return new UsageResource(row.value(), Money.plain(row.amountNanos()), row.currency().getCurrencyCode(),
					row.requests(), row.inputTokens(), row.outputTokens(), row.units());
		}

	}

}
