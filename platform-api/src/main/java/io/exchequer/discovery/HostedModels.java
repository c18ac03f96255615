package io.exchequer.discovery;

import java.time.Clock;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Set;

import io.exchequer.admin.Registrations;
import io.exchequer.catalog.Catalog;
import io.exchequer.catalog.CatalogFilter;
import io.exchequer.catalog.CatalogModel;
import io.exchequer.catalog.Hosting;
import io.exchequer.registry.DataClass;
import io.exchequer.registry.Lifecycle.Stage;
import io.exchequer.registry.Modality;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import org.springframework.stereotype.Component;

/**
 * Registers what the catalogue knows of a hosted provider: models in use that have a list
 * price, so that each call is bounded and billed from the first one on.
 */
@Component
class HostedModels {

	private static final Logger logger = LoggerFactory.getLogger(HostedModels.class);

	/** The catalogue's vendors, by the kinds of provider that serve their models. */
	private static final Map<String, String> VENDORS = Map.of("openai", "openai", "anthropic", "anthropic", "gemini",
			"google", "mistral", "mistral");

	private final Catalog catalog;

	private final Registrations registrations;

	private final DiscoveredThings things;

	private final Clock clock;

	HostedModels(Catalog catalog, Registrations registrations, DiscoveredThings things, Clock clock) {
		this.catalog = catalog;
		this.registrations = registrations;
		this.things = things;
		this.clock = clock;
	}

	/** Returns the entries that a provider of a kind most likely serves. */
	List<CatalogModel> of(String kind) {
		Instant now = this.clock.instant();
		return this.catalog.models(new CatalogFilter(VENDORS.get(kind), null, null, Hosting.HOSTED, Stage.ACTIVE), now)
			.stream()
			.filter((entry) -> isText(entry) && entry.capabilities(null, null).isPresent())
			.filter((entry) -> entry.listPrice() != null && !entry.listPrice().over(now))
			.toList();
	}

	private static boolean isText(CatalogModel entry) {
		return entry.modalities() == null || (entry.modalities().input().contains(Modality.TEXT)
				&& (entry.embeds() || entry.modalities().output().equals(Set.of(Modality.TEXT))));
	}

	/**
	 * Registers an entry at a provider, once. Joins the caller's transaction.
	 * @return whether it is registered now and was not before
	 */
	boolean register(String provider, CatalogModel entry) {
		String reference = provider + " " + entry.id();
		if (this.things.find(DiscoveredThings.DEPLOYMENT, reference).isPresent()) {
			return false;
		}
		String deployment = provider + "/" + entry.id();
		Set<String> taken = this.registrations.callableNames();
		boolean free = !taken.contains(entry.id()) && !taken.contains(deployment);
		this.things.add(DiscoveredThings.DEPLOYMENT, reference, free ? deployment : null);
		if (!free) {
			logger.info("The model {} of {} is not registered: its name is taken", entry.id(), provider);
			return false;
		}
		this.registrations.add(entry, deployment, provider, DataClass.INTERNAL);
		return true;
	}

}
