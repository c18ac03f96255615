package io.exchequer.registry.administration;

import java.math.BigDecimal;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Function;

import io.exchequer.registry.PriceImports;
import io.exchequer.registry.PriceImports.Difference;
import io.exchequer.registry.PriceImports.Matched;
import io.exchequer.registry.PriceImports.NumberedEntry;
import io.exchequer.registry.PriceImports.PriceImport;
import io.exchequer.registry.PriceImports.State;
import io.exchequer.registry.PriceListEntry;
import io.exchequer.registry.PriceListEntry.Outcome;
import io.exchequer.registry.PriceListEntry.Reason;
import io.exchequer.registry.PriceTier;
import io.exchequer.registry.json.RegistryJson;
import org.jspecify.annotations.Nullable;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Component;
import tools.jackson.core.type.TypeReference;
import tools.jackson.databind.json.JsonMapper;

/**
 * The rows of price imports. Lists have thousands of entries, which go into the database
 * in one statement. Works within the caller's transaction.
 */
@Component
class PriceImportRows {

	private static final JsonMapper JSON = JsonMapper.shared();

	private static final TypeReference<List<String>> TEXTS = new TypeReference<>() {
	};

	private static final TypeReference<List<Reason>> REASONS = new TypeReference<>() {
	};

	private static final TypeReference<List<Matched>> MATCHES = new TypeReference<>() {
	};

	private static final TypeReference<Map<Outcome, Integer>> OUTCOMES = new TypeReference<>() {
	};

	/** Imports and decisions, one after the other. */
	private static final int LOCK_SPACE = 5213466;

	private static final int LOCK = 3;

	private static final String IMPORT = """
			SELECT i.id, i.created_at, i.source, i.sha256, i.cross_check_of, i.outcomes, i.deployments, i.differences,
				(SELECT jsonb_object_agg(p.state, p.n) FROM (SELECT state, count(*) AS n FROM price_proposal
					WHERE import_id = i.id GROUP BY state) p) AS proposals
			FROM price_import i""";

	private static final String PROPOSAL = """
			SELECT id, import_id, deployment_id, deployment_name, matched_as, entry, currency, tiers, notes, replaces, state,
				decided_at, price_card_id FROM price_proposal""";

	private final JdbcClient jdbc;

	PriceImportRows(JdbcClient jdbc) {
		this.jdbc = jdbc;
	}

	/** Waits until nobody else imports or decides, until the transaction ends. */
	void lock() {
		this.jdbc.sql("SELECT pg_advisory_xact_lock(?, ?)").params(LOCK_SPACE, LOCK).query((row) -> {
		});
	}

	void insert(PriceImport of) {
		this.jdbc
			.sql("""
					INSERT INTO price_import (id, created_at, source, sha256, cross_check_of, outcomes, deployments, differences)
					VALUES (?, ?, ?, ?, ?, ?::jsonb, ?::jsonb, ?)""")
			.param(of.id())
			.param(timestamp(of.createdAt()))
			.param(of.source())
			.param(of.sha256())
			.param(of.crossCheckOf())
			.param(JSON.writeValueAsString(of.entries()))
			.param(JSON.writeValueAsString(of.deployments()))
			.param(of.differences())
			.update();
	}

	void insertEntries(UUID of, List<PriceListEntry> entries) {
		this.jdbc
			.sql("""
					INSERT INTO price_import_entry (import_id, position, name, provider, mode, outcome, tiers, complete, regions,
						reasons, notes)
					SELECT ?, e.n - 1, e.name, e.provider, e.mode, e.outcome, e.tiers::jsonb, e.complete, e.regions::jsonb,
						e.reasons::jsonb, e.notes::jsonb
					FROM unnest(?::text[], ?::text[], ?::text[], ?::text[], ?::text[], ?::boolean[], ?::text[], ?::text[], ?::text[])
						WITH ORDINALITY e(name, provider, mode, outcome, tiers, complete, regions, reasons, notes, n)""")
			.param(of)
			.param(texts(entries, PriceListEntry::name))
			.param(texts(entries, PriceListEntry::provider))
			.param(texts(entries, PriceListEntry::mode))
			.param(texts(entries, (entry) -> entry.outcome().name()))
			.param(texts(entries, (entry) -> RegistryJson.write(entry.tiers())))
			.param(entries.stream().map(PriceListEntry::complete).toArray(Boolean[]::new))
			.param(texts(entries, PriceImportRows::regions))
			.param(texts(entries, (entry) -> JSON.writeValueAsString(entry.reasons())))
			.param(texts(entries, (entry) -> JSON.writeValueAsString(entry.notes())))
			.update();
	}

	private static String regions(PriceListEntry entry) {
		Map<String, String> regions = new HashMap<>();
		entry.regions().forEach((region, factor) -> regions.put(region, factor.toPlainString()));
		return RegistryJson.write(regions);
	}

	void insertDifferences(UUID of, List<Difference> differences) {
		this.jdbc
			.sql("""
					INSERT INTO price_import_difference (import_id, number, entry, field, earlier, later)
					SELECT ?, d.n - 1, d.entry, d.field, d.earlier, d.later
					FROM unnest(?::text[], ?::text[], ?::text[], ?::text[]) WITH ORDINALITY d(entry, field, earlier, later, n)""")
			.param(of)
			.param(texts(differences, Difference::entry))
			.param(texts(differences, Difference::field))
			.param(texts(differences, Difference::earlier))
			.param(texts(differences, Difference::later))
			.update();
	}

	/** Forgets what was understood of all but the latest imports. */
	void prune() {
		for (String table : List.of("price_import_entry", "price_import_difference")) {
			this.jdbc
				.sql("DELETE FROM " + table + " WHERE import_id NOT IN "
						+ "(SELECT id FROM price_import ORDER BY id DESC LIMIT ?)")
				.param(PriceImports.IMPORTS_WITH_ENTRIES)
				.update();
		}
	}

	List<PriceImport> imports(@Nullable UUID before, int limit) {
		return this.jdbc.sql(IMPORT + " WHERE ?::uuid IS NULL OR i.id < ?::uuid ORDER BY i.id DESC LIMIT ?")
			.param(before)
			.param(before)
			.param(limit)
			.query((row, n) -> priceImport(row))
			.list();
	}

	Optional<PriceImport> find(UUID id) {
		return this.jdbc.sql(IMPORT + " WHERE i.id = ?").param(id).query((row, n) -> priceImport(row)).optional();
	}

	List<NumberedEntry> entries(UUID of, @Nullable Outcome outcome, int after, int limit) {
		String name = (outcome != null) ? outcome.name() : null;
		return this.jdbc.sql("""
				SELECT position, name, provider, mode, outcome, tiers, complete, regions, reasons, notes
				FROM price_import_entry
				WHERE import_id = ? AND position > ? AND (?::text IS NULL OR outcome = ?) ORDER BY position LIMIT ?""")
			.param(of)
			.param(after)
			.param(name)
			.param(name)
			.param(limit)
			.query((row, n) -> new NumberedEntry(row.getInt("position"), entry(row)))
			.list();
	}

	List<Difference> differences(UUID of, int after, int limit) {
		return this.jdbc.sql("""
				SELECT number, entry, field, earlier, later FROM price_import_difference
				WHERE import_id = ? AND number > ? ORDER BY number LIMIT ?""")
			.params(of, after, limit)
			.query((row, n) -> new Difference(row.getInt("number"), row.getString("entry"), row.getString("field"),
					row.getString("earlier"), row.getString("later")))
			.list();
	}

	void insert(ProposalRow row) {
		this.jdbc.sql("""
				INSERT INTO price_proposal (id, import_id, deployment_id, deployment_name, matched_as, entry, currency,
					tiers, notes, replaces, state)
				VALUES (?, ?, ?, ?, ?, ?, ?, ?::jsonb, ?::jsonb, ?, ?)""")
			.param(row.id())
			.param(row.importId())
			.param(row.deploymentId())
			.param(row.deployment())
			.param(row.matchedAs())
			.param(row.entry())
			.param(row.currency())
			.param(RegistryJson.write(row.tiers()))
			.param(JSON.writeValueAsString(row.notes()))
			.param(row.replaces())
			.param(row.state().name())
			.update();
	}

	List<ProposalRow> proposals(UUID importId, UUID after, int limit) {
		return this.jdbc.sql(PROPOSAL + " WHERE import_id = ? AND id > ? ORDER BY id LIMIT ?")
			.params(importId, after, limit)
			.query((row, n) -> proposal(row))
			.list();
	}

	/** Returns every proposal of a deployment, the latest first. */
	List<ProposalRow> proposals(UUID deploymentId) {
		return this.jdbc.sql(PROPOSAL + " WHERE deployment_id = ? ORDER BY id DESC")
			.param(deploymentId)
			.query((row, n) -> proposal(row))
			.list();
	}

	/** Ends an open proposal. */
	void decide(UUID id, State state, Instant at, @Nullable UUID priceCard) {
		this.jdbc.sql("UPDATE price_proposal SET state = ?, decided_at = ?, price_card_id = ? WHERE id = ?")
			.param(state.name())
			.param(timestamp(at))
			.param(priceCard)
			.param(id)
			.update();
	}

	private static <T> @Nullable String[] texts(List<T> rows, Function<T, @Nullable String> column) {
		@Nullable String[] texts = new String[rows.size()];
		for (int i = 0; i < texts.length; i++) {
			texts[i] = column.apply(rows.get(i));
		}
		return texts;
	}

	private static PriceImport priceImport(ResultSet row) throws SQLException {
		Map<Outcome, Integer> entries = new EnumMap<>(Outcome.class);
		entries.putAll(JSON.readValue(row.getString("outcomes"), OUTCOMES));
		Map<State, Integer> proposals = new EnumMap<>(State.class);
		String counts = row.getString("proposals");
		if (counts != null) {
			JSON.readTree(counts)
				.properties()
				.forEach((count) -> proposals.put(State.valueOf(count.getKey()), count.getValue().asInt()));
		}
		return new PriceImport(uuid(row, "id"), instant(row, "created_at"), row.getString("source"),
				row.getString("sha256"), row.getObject("cross_check_of", UUID.class), entries, proposals,
				row.getInt("differences"), JSON.readValue(row.getString("deployments"), MATCHES));
	}

	private static PriceListEntry entry(ResultSet row) throws SQLException {
		Map<String, BigDecimal> regions = new HashMap<>();
		RegistryJson.readMap(row.getString("regions"))
			.forEach((region, factor) -> regions.put(region, new BigDecimal(factor)));
		return new PriceListEntry(row.getString("name"), row.getString("provider"), row.getString("mode"),
				Outcome.valueOf(row.getString("outcome")), RegistryJson.readTiers(row.getString("tiers")),
				row.getBoolean("complete"), regions, JSON.readValue(row.getString("reasons"), REASONS),
				JSON.readValue(row.getString("notes"), TEXTS));
	}

	private static ProposalRow proposal(ResultSet row) throws SQLException {
		OffsetDateTime decided = row.getObject("decided_at", OffsetDateTime.class);
		return new ProposalRow(uuid(row, "id"), uuid(row, "import_id"), uuid(row, "deployment_id"),
				row.getString("deployment_name"), row.getString("matched_as"), row.getString("entry"),
				row.getString("currency"), RegistryJson.readTiers(row.getString("tiers")),
				JSON.readValue(row.getString("notes"), TEXTS), row.getObject("replaces", UUID.class),
				State.valueOf(row.getString("state")), (decided != null) ? decided.toInstant() : null,
				row.getObject("price_card_id", UUID.class));
	}

	private static UUID uuid(ResultSet row, String column) throws SQLException {
		return row.getObject(column, UUID.class);
	}

	private static Instant instant(ResultSet row, String column) throws SQLException {
		return row.getObject(column, OffsetDateTime.class).toInstant();
	}

	private static OffsetDateTime timestamp(Instant at) {
		return at.atOffset(ZoneOffset.UTC);
	}

	/** A row of {@code price_proposal}. */
	record ProposalRow(UUID id, UUID importId, UUID deploymentId, String deployment, String matchedAs, String entry,
			String currency, List<PriceTier> tiers, List<String> notes, @Nullable UUID replaces, State state,
			@Nullable Instant decidedAt, @Nullable UUID priceCard) {

		ProposalRow {
			tiers = List.copyOf(tiers);
			notes = List.copyOf(notes);
		}

		/**
		 * Returns whether it proposes the same, for the same, instead of the same card.
		 */
		boolean says(List<PriceTier> others, String otherMatchedAs, @Nullable UUID otherReplaces) {
			return this.tiers.equals(others) && this.matchedAs.equals(otherMatchedAs)
					&& Objects.equals(this.replaces, otherReplaces);
		}

		/** Returns it as decided. */
		ProposalRow decided(State to, Instant at, @Nullable UUID card) {
			return new ProposalRow(this.id, this.importId, this.deploymentId, this.deployment, this.matchedAs,
					this.entry, this.currency, this.tiers, this.notes, this.replaces, to, at, card);
		}

	}

}
