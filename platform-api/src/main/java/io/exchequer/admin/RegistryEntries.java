package io.exchequer.admin;

import java.math.BigDecimal;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;

import io.exchequer.kernel.UsageBucket;
import io.exchequer.registry.Capabilities;
import io.exchequer.registry.DataClass;
import io.exchequer.registry.DeploymentSettings;
import io.exchequer.registry.Lifecycle;
import io.exchequer.registry.Modality;
import io.exchequer.registry.Model;
import io.exchequer.registry.PriceCard;
import io.exchequer.registry.PriceTier;
import io.exchequer.registry.RegistryCommand.AddPriceCard;
import io.exchequer.registry.RegistryCommand.PutAlias;
import io.exchequer.registry.RegistryCommand.PutDeployment;
import io.exchequer.registry.RegistryCommand.PutProvider;
import io.exchequer.registry.RegistryView.AliasView;
import io.exchequer.registry.RegistryView.DeploymentView;
import io.exchequer.registry.RegistryView.PriceCardView;
import io.exchequer.registry.RegistryView.ProviderView;
import jakarta.validation.Valid;
import jakarta.validation.constraints.NotEmpty;
import jakarta.validation.constraints.NotNull;
import org.jspecify.annotations.Nullable;

/**
 * What can be called, as administrators write it: in requests and in the configuration
 * file alike. What is left out takes its default.
 */
final class RegistryEntries {

	private RegistryEntries() {
	}

	/**
	 * A provider.
	 *
	 * @param name its unique name
	 * @param kind which implementation speaks to it, such as {@code openai}
	 * @param baseUrl where it is; empty for the kinds inside the process
	 * @param settings further settings of the kind; never a secret
	 * @param secret the credential to call it with; kept encrypted and never told. Left
	 * out, the one that is there stays; it must be given again with a base URL that leads
	 * to another host, port or protocol
	 */
	record ProviderEntry(@NotNull String name, @NotNull String kind, @Nullable String baseUrl,
			@Nullable Map<String, String> settings, @Nullable String secret) {

		PutProvider command() {
			return new PutProvider(this.name, this.kind, Objects.requireNonNullElse(this.baseUrl, ""),
					Objects.requireNonNullElse(this.settings, Map.of()));
		}

		static ProviderEntry of(ProviderView view) {
			return new ProviderEntry(view.provider().name(), view.provider().kind(), view.provider().baseUrl(),
					view.provider().settings(), null);
		}

		@Override
		public String toString() {
			return "ProviderEntry[" + this.name + "]";
		}

	}

	/**
	 * A model.
	 *
	 * @param name its unique name
	 * @param displayName what people read; what the catalogue calls it, or the name, by
	 * default
	 * @param catalog the catalogue's entry to take the capabilities from, by identifier,
	 * and the life-cycle of a new model; instead of capabilities
	 * @param capabilities what it can do; instead of the catalogue's entry
	 * @param lifecycle where it stands; active by default, or as in the catalogue
	 */
	record ModelEntry(@NotNull String name, @Nullable String displayName, @Nullable String catalog,
			@Nullable @Valid CapabilitiesEntry capabilities, @Nullable @Valid LifecycleEntry lifecycle) {

		static ModelEntry of(Model model) {
			return new ModelEntry(model.name(), model.displayName(), null, CapabilitiesEntry.of(model.capabilities()),
					LifecycleEntry.of(model.lifecycle()));
		}

	}

	/**
	 * Where a model stands.
	 *
	 * @param stage the stage
	 * @param successor the model to move to
	 * @param retiresOn the day (UTC) from which it counts as retired
	 */
	record LifecycleEntry(Lifecycle.@NotNull Stage stage, @Nullable String successor, @Nullable LocalDate retiresOn) {

		Lifecycle lifecycle() {
			return new Lifecycle(this.stage, this.successor, this.retiresOn);
		}

		static LifecycleEntry of(Lifecycle life) {
			return new LifecycleEntry(life.stage(), life.successor(), life.retiresOn());
		}

	}

	/**
	 * What a model can do.
	 *
	 * @param input modalities it reads; text by default
	 * @param output modalities it writes; text by default
	 * @param tools whether it calls tools; false by default
	 * @param structuredOutput whether it can be held to a JSON schema; false by default
	 * @param fillInTheMiddle whether it completes between prefix and suffix; false by
	 * default
	 * @param contextWindow tokens of input and output together
	 * @param maxOutput tokens of output at most
	 * @param imageTokensMax the most tokens of one input image; unknown by default
	 */
	record CapabilitiesEntry(@Nullable Set<Modality> input, @Nullable Set<Modality> output, @Nullable Boolean tools,
			@Nullable Boolean structuredOutput, @Nullable Boolean fillInTheMiddle, @NotNull Integer contextWindow,
			@NotNull Integer maxOutput, @Nullable Integer imageTokensMax) {

		Capabilities capabilities() {
			Set<Modality> text = Set.of(Modality.TEXT);
			return new Capabilities(Objects.requireNonNullElse(this.input, text),
					Objects.requireNonNullElse(this.output, text), Boolean.TRUE.equals(this.tools),
					Boolean.TRUE.equals(this.structuredOutput), Boolean.TRUE.equals(this.fillInTheMiddle),
					this.contextWindow, this.maxOutput, this.imageTokensMax);
		}

		static CapabilitiesEntry of(Capabilities can) {
			return new CapabilitiesEntry(new TreeSet<>(can.input()), new TreeSet<>(can.output()), can.tools(),
					can.structuredOutput(), can.fillInTheMiddle(), can.contextWindow(), can.maxOutput(),
					can.imageTokensMax());
		}

	}

	/**
	 * Another name of a model.
	 *
	 * @param name the unique name
	 * @param model the model it stands for
	 */
	record AliasEntry(@NotNull String name, @NotNull String model) {

		PutAlias command() {
			return new PutAlias(this.name, this.model);
		}

		static AliasEntry of(AliasView view) {
			return new AliasEntry(view.name(), view.model());
		}

	}

	/**
	 * A model at a provider.
	 *
	 * @param name its unique name
	 * @param model the model it serves, by name
	 * @param provider where it is served, by name
	 * @param upstreamModel the name the provider knows; the model's by default
	 * @param dataClass the most sensitive content it may see
	 * @param settings how it is called
	 * @param enabled whether it may be a candidate; true by default
	 */
	record DeploymentEntry(@NotNull String name, @NotNull String model, @NotNull String provider,
			@Nullable String upstreamModel, @NotNull DataClass dataClass, @Nullable @Valid SettingsEntry settings,
			@Nullable Boolean enabled) {

		PutDeployment command() {
			return new PutDeployment(this.name, this.model, this.provider,
					Objects.requireNonNullElse(this.upstreamModel, this.model), this.dataClass,
					(this.settings != null) ? this.settings.settings() : null,
					Objects.requireNonNullElse(this.enabled, true));
		}

		static DeploymentEntry of(DeploymentView view) {
			return new DeploymentEntry(view.name(), view.model(), view.provider(), view.upstreamModel(),
					view.dataClass(), SettingsEntry.of(view.settings()), view.enabled());
		}

	}

	/**
	 * How a deployment is called; see {@link DeploymentSettings}, whose defaults hold.
	 *
	 * @param connectTimeout the longest wait for a connection, as in {@code PT5S}
	 * @param firstByteTimeout the longest wait for the response to begin
	 * @param idleTimeout the longest silence within a response
	 * @param totalTimeout the longest a whole attempt may take
	 * @param maxConcurrent the most attempts at once on one replica
	 * @param retries how often one deployment is tried again
	 * @param onDisconnect what happens upstream when the client goes away
	 * @param options settings of the provider's kind
	 */
	record SettingsEntry(@Nullable Duration connectTimeout, @Nullable Duration firstByteTimeout,
			@Nullable Duration idleTimeout, @Nullable Duration totalTimeout, @Nullable Integer maxConcurrent,
			@Nullable Integer retries, DeploymentSettings.@Nullable OnDisconnect onDisconnect,
			@Nullable Map<String, String> options) {

		DeploymentSettings settings() {
			DeploymentSettings defaults = DeploymentSettings.DEFAULTS;
			return new DeploymentSettings(Objects.requireNonNullElse(this.connectTimeout, defaults.connectTimeout()),
					Objects.requireNonNullElse(this.firstByteTimeout, defaults.firstByteTimeout()),
					Objects.requireNonNullElse(this.idleTimeout, defaults.idleTimeout()),
					Objects.requireNonNullElse(this.totalTimeout, defaults.totalTimeout()),
					Objects.requireNonNullElse(this.maxConcurrent, defaults.maxConcurrent()),
					Objects.requireNonNullElse(this.retries, defaults.retries()),
					Objects.requireNonNullElse(this.onDisconnect, defaults.onDisconnect()),
					Objects.requireNonNullElse(this.options, defaults.options()));
		}

		static SettingsEntry of(DeploymentSettings settings) {
			return new SettingsEntry(settings.connectTimeout(), settings.firstByteTimeout(), settings.idleTimeout(),
					settings.totalTimeout(), settings.maxConcurrent(), settings.retries(), settings.onDisconnect(),
					settings.options());
		}

	}

	/**
	 * Prices of a deployment.
	 *
	 * @param deployment whose, by name
	 * @param effectiveFrom from when; now by default, unless the card in force says the
	 * same. In the past, it prices what is admitted from now on, and what was posted
	 * stays as it is
	 * @param currency an ISO 4217 code
	 * @param tiers the prices
	 * @param source where they are from; a card that differs in it alone is not added
	 * @param note why; a card that differs in it alone is not added
	 */
	record PriceCardEntry(@NotNull String deployment, @Nullable Instant effectiveFrom, @NotNull String currency,
			@NotEmpty List<@NotNull @Valid TierEntry> tiers, @Nullable String source, @Nullable String note) {

		AddPriceCard command() {
			return new AddPriceCard(this.deployment, this.effectiveFrom, this.currency,
					this.tiers.stream().map(TierEntry::tier).toList(), Objects.requireNonNullElse(this.source, ""),
					Objects.requireNonNullElse(this.note, ""));
		}

		static PriceCardEntry of(PriceCardView view) {
			PriceCard card = view.card();
			return new PriceCardEntry(view.deployment(), card.effectiveFrom(), card.currency().getCurrencyCode(),
					card.tiers().stream().map(TierEntry::of).toList(), view.source(), view.note());
		}

	}

	/**
	 * Prices of a tier.
	 *
	 * @param serviceTier the provider's tier; {@code default} by default
	 * @param inputTokensOver for requests with more input tokens than this; 0 by default
	 * @param prices the price of each bucket: per million tokens, characters and pixels,
	 * per second of audio, video and work, and otherwise for each
	 */
	record TierEntry(@Nullable String serviceTier, @Nullable Long inputTokensOver,
			@NotEmpty Map<UsageBucket, @NotNull BigDecimal> prices) {

		PriceTier tier() {
			return new PriceTier(Objects.requireNonNullElse(this.serviceTier, "default"),
					Objects.requireNonNullElse(this.inputTokensOver, 0L), this.prices);
		}

		static TierEntry of(PriceTier tier) {
			return new TierEntry(tier.serviceTier(), tier.inputTokensOver(), tier.prices());
		}

	}

}
