package io.exchequer.registry.administration;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.UUID;
import java.util.stream.Collectors;

import io.exchequer.kernel.ConflictProblem;
import io.exchequer.kernel.NotFoundProblem;
import io.exchequer.kernel.UsageBucket;
import io.exchequer.kernel.ValidationProblem;
import io.exchequer.registry.Change;
import io.exchequer.registry.DataClass;
import io.exchequer.registry.PriceImports;
import io.exchequer.registry.PriceImports.Matched;
import io.exchequer.registry.PriceImports.Matched.Result;
import io.exchequer.registry.PriceImports.NumberedEntry;
import io.exchequer.registry.PriceImports.PriceImport;
import io.exchequer.registry.PriceImports.Proposal;
import io.exchequer.registry.PriceImports.State;
import io.exchequer.registry.PriceList;
import io.exchequer.registry.PriceListEntry.Outcome;
import io.exchequer.registry.Put;
import io.exchequer.registry.RegistryCommand.AddPriceCard;
import io.exchequer.registry.RegistryCommand.PutDeployment;
import io.exchequer.registry.RegistryCommand.PutProvider;
import io.exchequer.registry.RegistryView.PriceCardView;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.tuple;
import static org.assertj.core.api.Assumptions.assumeThat;

/** What comes of price lists: proposals, cards, and nothing without approval. */
class PriceImportsIT {

	/** The community list as of August 2026, which is no part of the project. */
	private static final Path COMMUNITY_LIST = Path.of("..", "..", "shared", "prices",
			"model_prices_and_context_window.json");

	private static final UUID FIRST = new UUID(0, 0);

	private static final String DEAR = entry("openai", "m", "5e-06", "3e-05");

	private static final String CHEAP = entry("openai", "m", "4e-06", "3e-05");

	private RegistryContext context;

	private PriceImports imports;

	@BeforeEach
	void start() {
		this.context = new RegistryContext();
		this.context.administration().put(Samples.model("model"), Put.CREATE);
		this.imports = this.context.priceImports();
		provider("openai", "openai", "https://api.openai.com/v1");
	}

	@AfterEach
	void stop() {
		this.context.close();
	}

	@Test
	void understandsTheCommunityListAsAWhole() throws IOException {
		PriceList list = communityList();
		provider("in-europe", "openai", "https://eu.api.openai.com/v1");
		provider("azure", "azure-openai", "https://acme.openai.azure.com");
		provider("groq", "openai", "https://api.groq.com/openai/v1");
		provider("ours", "openai", "http://10.1.2.3:8000/v1");
		deployment("gpt-5.6", "openai", "gpt-5.6");
		deployment("gpt-5.6-eu", "in-europe", "gpt-5.6");
		deployment("gpt-4o-azure", "azure", "gpt-4o");
		deployment("llama", "groq", "llama-3.3-70b-versatile");
		deployment("private", "ours", "gpt-4o");
		deployment("whisper", "openai", "whisper-1");
		deployment("renamed", "azure", "our-name-for-it");
		PriceImport of = this.imports.propose(list, "the community's list", Map.of("renamed", "azure/gpt-4o-mini"));
		assertCounts(of);
		assertReasons(of.id());
		assertThat(results(of)).containsExactly("gpt-4o-azure PROPOSED [azure/gpt-4o]", "gpt-5.6 PROPOSED [gpt-5.6]",
				"gpt-5.6-eu PROPOSED [gpt-5.6]", "llama PROPOSED [groq/llama-3.3-70b-versatile]",
				"private UNMATCHED []", "renamed PROPOSED [azure/gpt-4o-mini]", "whisper PROPOSED [whisper-1]");
		assertThat(price("gpt-5.6", proposals(of), "default", 272_000, UsageBucket.OUTPUT)).isEqualTo("45");
		assertThat(price("gpt-5.6-eu", proposals(of), "default", 272_000, UsageBucket.OUTPUT)).isEqualTo("49.5");
		assertThat(price("gpt-5.6-eu", proposals(of), "default", 0, UsageBucket.CACHE_READ)).isEqualTo("0.55");
		assertThat(price("whisper", proposals(of), "default", 0, UsageBucket.AUDIO_TIME_IN)).isEqualTo("0.0001");
		PriceImport again = this.imports.propose(list, "the community's list", Map.of("renamed", "azure/gpt-4o-mini"));
		assertThat(again.proposals()).isEmpty();
		assertThat(again.sha256()).isEqualTo(of.sha256());
		assertThat(this.imports.approve(of.id(), null, null)).hasSize(6);
		PriceImport afterwards = this.imports.propose(list, "the community's list",
				Map.of("renamed", "azure/gpt-4o-mini"));
		assertThat(afterwards.proposals()).isEmpty();
		assertThat(afterwards.deployments()).extracting(Matched::result)
			.filteredOn((result) -> result != Result.UNMATCHED)
			.containsOnly(Result.UNCHANGED);
		assertThat(this.imports.crossCheck(list, "itself", of.id()).differences()).isZero();
	}

	/** 97 entries name no price at all; there is nothing in them to understand. */
	private static void assertCounts(PriceImport of) {
		Map<Outcome, Integer> counts = of.entries();
		assertThat(counts)
			.isEqualTo(Map.of(Outcome.PRICED, 2872, Outcome.UNPRICED, 97, Outcome.PARTLY, 11, Outcome.REFUSED, 6));
		int all = counts.values().stream().mapToInt(Integer::intValue).sum();
		int understood = all - counts.get(Outcome.PARTLY) - counts.get(Outcome.REFUSED);
		assertThat(100 * understood).as("%d of %d", understood, all).isGreaterThanOrEqualTo(97 * all);
		assertThat(100 * counts.get(Outcome.PRICED)).isGreaterThanOrEqualTo(99 * (all - counts.get(Outcome.UNPRICED)));
	}

	private void assertReasons(UUID of) {
		Map<String, String> reasons = new TreeMap<>();
		for (Outcome outcome : List.of(Outcome.PARTLY, Outcome.REFUSED)) {
			for (NumberedEntry entry : this.imports.entries(of, outcome, -1, 500)) {
				reasons.put(entry.entry().name(),
						entry.entry()
							.reasons()
							.stream()
							.map((reason) -> reason.code())
							.distinct()
							.collect(Collectors.joining(" ")));
			}
		}
		assertThat(reasons).hasSize(17)
			.containsEntry("sample_spec", "description")
			.containsEntry("fallback_generalizations", "no_provider")
			.containsEntry("exa_ai/search", "unknown_range")
			.containsEntry("firecrawl/search", "unknown_range")
			.containsEntry("reducto/parse-v3", "unknown_unit")
			.containsEntry("reducto/parse-legacy", "unknown_unit")
			.containsEntry("multimodalembedding", "priced_by_length")
			.containsEntry("multimodalembedding@001", "priced_by_length")
			.containsEntry("gemini/veo-3.1-lite-generate-preview", "priced_by_resolution");
		assertThat(reasons.values()).filteredOn("priced_by_option"::equals).hasSize(8);
		assertThat(this.imports.entries(of, Outcome.PRICED, -1, 5000))
			.allSatisfy((entry) -> assertThat(entry.entry().reasons()).isEmpty());
	}

	private static PriceList communityList() throws IOException {
		assumeThat(Files.exists(COMMUNITY_LIST))
			.as("the community price list is not at %s: nothing to read", COMMUNITY_LIST.toAbsolutePath())
			.isTrue();
		try (InputStream file = Files.newInputStream(COMMUNITY_LIST)) {
			return PriceList.read(file);
		}
	}

	@Test
	void showsEachPriceBesideTheOneInForce() {
		deployment("d", "openai", "m");
		card("d", null, "4", "30");
		PriceImport of = propose(entry("openai", "m", "5e-06", "3e-05", "cache_read_input_token_cost", "5e-07"));
		Proposal proposal = proposals(of).getFirst();
		assertThat(proposal.replaces()).isEqualTo(cards("d").getFirst().card().id());
		assertThat(proposal.changes())
			.extracting((change) -> change.bucket() + " " + plain(change.before()) + " " + plain(change.after()) + " "
					+ plain(change.relativeChange()))
			.containsExactly("INPUT 4 5 0.25", "CACHE_READ null 0.5 null", "OUTPUT 30 30 0");
		assertThat(proposal.state()).isEqualTo(State.OPEN);
		deployment("without", "openai", "m");
		assertThat(proposals(propose(DEAR))).filteredOn((one) -> one.deployment().equals("without"))
			.singleElement()
			.satisfies((one) -> assertThat(one.changes()).extracting((change) -> change.before()).containsOnlyNulls());
	}

	@Test
	void putsNothingInForceBeforeItIsApproved() throws Exception {
		deployment("d", "openai", "m");
		long version = this.context.configurationVersion();
		PriceImport of = propose(DEAR);
		assertThat(cards("d")).isEmpty();
		assertThat(this.context.configurationVersion()).isEqualTo(version);
		Instant tomorrow = RegistryContext.START.plus(Duration.ofDays(1));
		List<Change<PriceCardView>> cards = this.imports.approve(of.id(), null, tomorrow);
		PriceCardView card = cards.getFirst().now();
		assertThat(card.card().effectiveFrom()).isEqualTo(tomorrow);
		assertThat(card.source()).isEqualTo("a list");
		assertThat(card.note()).isEqualTo("price import " + of.id() + ", entry m");
		assertThat(this.context.configurationVersion()).isGreaterThan(version);
		assertThat(this.context.snapshot().priceCard(card.card().deploymentId(), RegistryContext.START)).isEmpty();
		assertThat(this.context.snapshot().priceCard(card.card().deploymentId(), tomorrow)).contains(card.card());
		assertThat(proposals(of).getFirst()).satisfies((proposal) -> {
			assertThat(proposal.state()).isEqualTo(State.APPROVED);
			assertThat(proposal.priceCard()).isEqualTo(card.card().id());
			assertThat(proposal.decidedAt()).isEqualTo(RegistryContext.START);
		});
		assertThat(propose(DEAR).proposals()).as("it is scheduled already").isEmpty();
		assertThat(this.imports.approve(of.id(), null, null)).as("nothing is open any more").isEmpty();
	}

	@Test
	void refusesToPutPricesInForceInThePast() {
		deployment("d", "openai", "m");
		PriceImport of = propose(DEAR);
		assertThatExceptionOfType(ValidationProblem.class)
			.isThrownBy(() -> this.imports.approve(of.id(), null, RegistryContext.START.minusNanos(1_000)))
			.withMessageContaining("must not be before now");
		assertThat(this.imports.approve(of.id(), null, RegistryContext.START)).hasSize(1);
	}

	@Test
	void proposesNothingTwice() {
		deployment("d", "openai", "m");
		PriceImport first = propose(DEAR);
		assertThat(results(propose(DEAR))).containsExactly("d PROPOSED_BEFORE [m]");
		this.imports.reject(first.id(), null);
		assertThat(results(propose(DEAR))).containsExactly("d PROPOSED_BEFORE [m]");
		assertThat(results(propose(CHEAP))).containsExactly("d PROPOSED [m]");
		assertThat(results(propose(DEAR))).as("it is not what was said last").containsExactly("d PROPOSED [m]");
		card("d", null, "5", "30");
		assertThat(results(propose(DEAR))).containsExactly("d UNCHANGED [m]");
		card("d", RegistryContext.START.plusSeconds(1), "7", "30");
		this.context.advance(Duration.ofSeconds(1));
		assertThat(results(propose(DEAR))).as("the card is another one now").containsExactly("d PROPOSED [m]");
	}

	@Test
	void letsANewerListReplaceWhatAnOlderOneProposed() {
		deployment("d", "openai", "m");
		PriceImport first = propose(DEAR);
		this.context.advance(Duration.ofMillis(1));
		PriceImport second = propose(CHEAP);
		this.context.advance(Duration.ofMillis(1));
		assertThat(this.imports.priceImport(first.id()).proposals()).isEqualTo(Map.of(State.SUPERSEDED, 1));
		assertThat(second.proposals()).isEqualTo(Map.of(State.OPEN, 1));
		assertThatExceptionOfType(ConflictProblem.class)
			.isThrownBy(() -> this.imports.approve(first.id(), ids(first), null))
			.withMessageContaining("superseded");
		card("d", null, "4", "30");
		assertThat(results(propose(CHEAP))).containsExactly("d UNCHANGED [m]");
		assertThat(this.imports.priceImport(second.id()).proposals()).isEqualTo(Map.of(State.SUPERSEDED, 1));
		assertThat(this.imports.imports(null, 2)).extracting(PriceImport::id).doesNotContain(first.id()).hasSize(2);
		assertThat(this.imports.imports(second.id(), 10)).extracting(PriceImport::id).containsExactly(first.id());
	}

	@Test
	void approvesAndRejectsWhatIsChosen() {
		deployment("a", "openai", "m");
		deployment("b", "openai", "m");
		deployment("c", "openai", "m");
		PriceImport of = propose(DEAR);
		Map<String, UUID> byName = proposals(of).stream().collect(Collectors.toMap(Proposal::deployment, Proposal::id));
		assertThat(this.imports.approve(of.id(), Set.of(Objects.requireNonNull(byName.get("b"))), null)).hasSize(1);
		assertThat(this.imports.reject(of.id(), Set.of(Objects.requireNonNull(byName.get("c")))))
			.extracting(Proposal::deployment, Proposal::state)
			.containsExactly(tuple("c", State.REJECTED));
		assertThat(cards("b")).hasSize(1);
		assertThat(cards("a")).isEmpty();
		assertThat(cards("c")).isEmpty();
		assertThat(this.imports.priceImport(of.id()).proposals())
			.isEqualTo(Map.of(State.OPEN, 1, State.APPROVED, 1, State.REJECTED, 1));
		assertThatExceptionOfType(ConflictProblem.class)
			.isThrownBy(() -> this.imports.reject(of.id(), Set.copyOf(byName.values())))
			.satisfies((problem) -> assertThat(problem.code()).isEqualTo("proposal_decided"));
		assertThatExceptionOfType(ValidationProblem.class)
			.isThrownBy(() -> this.imports.approve(of.id(), Set.of(FIRST), null))
			.withMessageContaining("must be proposals of this import");
		assertThat(this.imports.priceImport(of.id()).proposals()).containsEntry(State.OPEN, 1);
	}

	@Test
	void approvesNothingThatWasComparedWithAnotherCard() {
		deployment("a", "openai", "m");
		deployment("b", "openai", "m");
		PriceImport of = propose(DEAR);
		card("b", null, "1", "1");
		assertThatExceptionOfType(ConflictProblem.class).isThrownBy(() -> this.imports.approve(of.id(), null, null))
			.withMessageContaining("for b,")
			.satisfies((problem) -> assertThat(problem.code()).isEqualTo("proposal_outdated"));
		assertThat(cards("a")).isEmpty();
		assertThat(results(propose(DEAR))).containsExactly("a PROPOSED_BEFORE [m]", "b PROPOSED [m]");
		this.context.administration().deleteDeployment("a");
		assertThatExceptionOfType(ConflictProblem.class).isThrownBy(() -> this.imports.approve(of.id(), null, null))
			.withMessageContaining("for a,");
		assertThat(this.imports.reject(of.id(), null)).hasSize(1);
	}

	@Test
	void approvesNothingForADeploymentThatCallsSomethingElseNow() {
		deployment("d", "openai", "m");
		PriceImport of = propose(DEAR);
		this.context.administration()
			.put(new PutDeployment("d", "model", "openai", "n", DataClass.INTERNAL, null, true), Put.UPDATE);
		assertThatExceptionOfType(ConflictProblem.class).isThrownBy(() -> this.imports.approve(of.id(), null, null))
			.satisfies((problem) -> assertThat(problem.code()).isEqualTo("proposal_outdated"));
		this.context.administration()
			.put(new PutDeployment("d", "model", "openai", "m", DataClass.INTERNAL, null, true), Put.UPDATE);
		this.context.administration()
			.put(new PutProvider("openai", "openai", "https://eu.api.openai.com/v1", Map.of()), Put.UPDATE);
		assertThatExceptionOfType(ConflictProblem.class).isThrownBy(() -> this.imports.approve(of.id(), null, null));
		assertThat(results(propose(DEAR))).containsExactly("d PROPOSED [m]");
	}

	@Test
	void comparesNoPricesOfDifferentCurrencies() {
		deployment("d", "openai", "m");
		this.context.administration()
			.add(new AddPriceCard("d", null, "EUR", List.of(Samples.tier("default", 0, "5", "30")), "", ""));
		Proposal proposal = proposals(propose(DEAR)).getFirst();
		assertThat(proposal.changes()).extracting((change) -> change.relativeChange()).containsOnlyNulls();
		assertThat(proposal.notes()).containsExactly("The card in force is in EUR, the proposed one in USD.");
	}

	@Test
	void makesAllTheCardsOrNone() {
		deployment("a", "openai", "m");
		deployment("b", "openai", "m");
		Instant later = RegistryContext.START.plusSeconds(60);
		PriceImport of = propose(DEAR);
		card("b", later, "1", "1");
		assertThatExceptionOfType(ConflictProblem.class).isThrownBy(() -> this.imports.approve(of.id(), null, later))
			.satisfies((problem) -> assertThat(problem.code()).isEqualTo("price_card_exists"));
		assertThat(cards("a")).isEmpty();
		assertThat(this.imports.priceImport(of.id()).proposals()).isEqualTo(Map.of(State.OPEN, 2));
		assertThat(this.imports.approve(of.id(), null, later.plusSeconds(1))).hasSize(2);
	}

	@Test
	void asksWhichEntryIsMeantWhereItIsNotClear() {
		deployment("d", "openai", "m");
		String other = entry("openai", "openai/m", "9e-06", "3e-05");
		PriceImport of = propose(DEAR, other);
		assertThat(results(of)).containsExactly("d AMBIGUOUS [m, openai/m]");
		assertThat(results(propose(DEAR, entry("openai", "openai/m", "5e-06", "3e-05")))).as("they say the same")
			.containsExactly("d PROPOSED [m]");
		PriceImport mapped = this.imports.propose(list(DEAR, other), "a list", Map.of("d", "openai/m"));
		assertThat(results(mapped)).containsExactly("d PROPOSED [openai/m]");
		assertThat(price("d", proposals(mapped), "default", 0, UsageBucket.INPUT)).isEqualTo("9");
		assertThatExceptionOfType(ValidationProblem.class)
			.isThrownBy(() -> this.imports.propose(list(DEAR), " ", Map.of("nobody", "m", "d", "nothing")))
			.satisfies((problem) -> assertThat(problem.problems()).extracting(ValidationProblem.FieldProblem::code)
				.containsExactlyInAnyOrder("invalid_source", "unknown_deployment", "unknown_entry"));
	}

	@Test
	void proposesNoCardThatWouldMakeAChatFree() {
		deployment("d", "openai", "m");
		deployment("s", "openai", "silent");
		assertThat(results(propose(
				"\"m\": {\"litellm_provider\": \"openai\", \"mode\": \"chat\", \"input_cost_per_second\": 0.0175}",
				"\"silent\": {\"litellm_provider\": \"openai\", \"mode\": \"chat\"}")))
			.containsExactly("d INCOMPLETE [m]", "s INCOMPLETE [silent]");
	}

	@Test
	void tellsWhatWasLeftOutOfAProposal() {
		deployment("d", "openai", "m");
		PriceImport of = propose(entry("openai", "m", "5e-06", "3e-05", "provider_specific_entry", "{\"fast\": 6.0}"));
		assertThat(proposals(of).getFirst().notes()).singleElement()
			.asString()
			.startsWith("Left out: provider_specific_entry.fast. Prices are multiplied by 6.0");
	}

	@Test
	void listsWhereASecondSourceDiffers() {
		PriceImport first = propose(DEAR, entry("groq", "same", "1e-06", "1e-06"), entry("groq", "gone", "1", "1"),
				"\"odd\": 1");
		PriceImport check = this.imports.crossCheck(list(CHEAP, entry("groq", "same", "0.000001", "1E-6"),
				entry("groq", "new", "1", "1"), entry("groq", "odd", "1e-06", "1e-06")), "another", first.id());
		assertThat(check.crossCheckOf()).isEqualTo(first.id());
		assertThat(check.proposals()).isEmpty();
		assertThat(this.imports.differences(check.id(), -1, 100)).extracting(
				(one) -> one.number() + " " + one.entry() + " " + one.field() + " " + one.earlier() + " " + one.later())
			.containsExactly("0 m default>0:INPUT 5 4", "1 gone entry groq chat null", "2 odd entry   groq chat",
					"3 odd outcome REFUSED PRICED", "4 odd default>0:INPUT null 1", "5 odd default>0:OUTPUT null 1",
					"6 new entry null groq chat");
		assertThat(this.imports.differences(check.id(), 4, 1)).extracting((one) -> one.number()).containsExactly(5);
		assertThat(check.differences()).isEqualTo(7);
		assertThatExceptionOfType(NotFoundProblem.class)
			.isThrownBy(() -> this.imports.crossCheck(list(DEAR), "another", FIRST));
	}

	@Test
	void keepsTheEntriesOfTheLatestImportsOnly() {
		deployment("d", "openai", "m");
		PriceImport first = propose(DEAR);
		for (int i = 1; i < PriceImports.IMPORTS_WITH_ENTRIES; i++) {
			this.context.advance(Duration.ofMillis(1));
			propose(DEAR);
		}
		assertThat(this.imports.entries(first.id(), null, -1, 10)).hasSize(1);
		this.context.advance(Duration.ofMillis(1));
		propose(DEAR);
		assertThat(this.imports.entries(first.id(), null, -1, 10)).isEmpty();
		assertThat(proposals(first)).hasSize(1);
		assertThat(this.imports.priceImport(first.id()).entries()).containsEntry(Outcome.PRICED, 1);
		assertThatExceptionOfType(ConflictProblem.class)
			.isThrownBy(() -> this.imports.crossCheck(list(DEAR), "another", first.id()))
			.satisfies((problem) -> assertThat(problem.code()).isEqualTo("entries_gone"));
	}

	@Test
	void pagesThroughEntriesAndProposals() {
		for (String name : List.of("a", "b", "c")) {
			deployment(name, "openai", "m");
		}
		PriceImport of = propose(DEAR, "\"x\": 1", "\"y\": {\"litellm_provider\": \"p\"}");
		List<Proposal> all = proposals(of);
		assertThat(this.imports.proposals(of.id(), all.getFirst().id(), 1)).containsExactly(all.get(1));
		assertThat(this.imports.entries(of.id(), null, 0, 1)).extracting((entry) -> entry.entry().name())
			.containsExactly("x");
		assertThat(this.imports.entries(of.id(), Outcome.UNPRICED, -1, 10)).extracting(NumberedEntry::position)
			.containsExactly(2);
		assertThatExceptionOfType(NotFoundProblem.class).isThrownBy(() -> this.imports.proposals(FIRST, FIRST, 1));
		assertThatExceptionOfType(NotFoundProblem.class).isThrownBy(() -> this.imports.entries(FIRST, null, -1, 1));
		assertThatExceptionOfType(NotFoundProblem.class).isThrownBy(() -> this.imports.differences(FIRST, -1, 1));
	}

	private void provider(String name, String kind, String baseUrl) {
		this.context.administration().put(new PutProvider(name, kind, baseUrl, Map.of()), Put.CREATE);
	}

	private void deployment(String name, String provider, String upstreamModel) {
		this.context.administration()
			.put(new PutDeployment(name, "model", provider, upstreamModel, DataClass.INTERNAL, null, true), Put.CREATE);
	}

	private void card(String deployment, Instant from, String input, String output) {
		this.context.administration()
			.add(new AddPriceCard(deployment, from, "USD", List.of(Samples.tier("default", 0, input, output)), "", ""));
	}

	private List<PriceCardView> cards(String deployment) {
		return this.context.administration().priceCards(deployment);
	}

	private PriceImport propose(String... entries) {
		return this.imports.propose(list(entries), "a list", Map.of());
	}

	private List<Proposal> proposals(PriceImport of) {
		return this.imports.proposals(of.id(), FIRST, 100);
	}

	private Set<UUID> ids(PriceImport of) {
		return proposals(of).stream().map(Proposal::id).collect(Collectors.toSet());
	}

	private static List<String> results(PriceImport of) {
		return of.deployments()
			.stream()
			.map((matched) -> matched.deployment() + " " + matched.result() + " " + matched.entries())
			.toList();
	}

	private static String price(String deployment, List<Proposal> proposals, String serviceTier, long over,
			UsageBucket bucket) {
		return proposals.stream()
			.filter((proposal) -> proposal.deployment().equals(deployment))
			.flatMap((proposal) -> proposal.tiers().stream())
			.filter((tier) -> tier.serviceTier().equals(serviceTier) && tier.inputTokensOver() == over)
			.map((tier) -> plain(tier.prices().get(bucket)))
			.collect(Collectors.joining());
	}

	private static String plain(BigDecimal value) {
		return (value != null) ? value.stripTrailingZeros().toPlainString() : "null";
	}

	private static PriceList list(String... entries) {
		return PriceList
			.read(new ByteArrayInputStream(("{" + String.join(",", entries) + "}").getBytes(StandardCharsets.UTF_8)));
	}

	private static String entry(String provider, String name, String input, String output, String... more) {
		List<String> members = new ArrayList<>(List.of("\"litellm_provider\": \"" + provider + "\"",
				"\"mode\": \"chat\"", "\"input_cost_per_token\": " + input, "\"output_cost_per_token\": " + output));
		for (int i = 0; i < more.length; i += 2) {
			members.add("\"" + more[i] + "\": " + more[i + 1]);
		}
		return "\"" + name + "\": {" + String.join(", ", members) + "}";
	}

}
