package io.exchequer.gateway;

import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

import io.exchequer.registry.Deployment;
import io.exchequer.registry.Lifecycle.Stage;
import io.exchequer.registry.Model;
import io.exchequer.registry.RegistrySnapshot;
import io.exchequer.registry.RegistrySnapshot.Target;
import io.exchequer.tenancy.KeyIdentity;

/**
 * What a key may ask for: the names that lead to at least one deployment it is allowed.
 */
final class CallableNames {

	private static final String ANY = "*";

	private final RegistrySnapshot registry;

	private final Set<String> allowed;

	private final LocalDate today;

	CallableNames(RegistrySnapshot registry, KeyIdentity identity, Instant at) {
		this.registry = registry;
		this.allowed = identity.allowedNames();
		this.today = LocalDate.ofInstant(at, ZoneOffset.UTC);
	}

	/** Returns every name the key may ask for: models, then aliases, then deployments. */
	List<Target> all() {
		Set<String> names = new LinkedHashSet<>();
		this.registry.models().forEach((model) -> names.add(model.name()));
		names.addAll(this.registry.aliases());
		this.registry.deployments().forEach((deployment) -> names.add(deployment.name()));
		List<Target> result = new ArrayList<>(names.size());
		names.forEach((name) -> find(name).ifPresent(result::add));
		return result;
	}

	/**
	 * Returns what a name stands for, with only the deployments the key is allowed; empty
	 * where there are none.
	 */
	Optional<Target> find(String name) {
		return this.registry.resolve(name).flatMap((target) -> {
			List<Deployment> usable = target.deployments()
				.stream()
				.filter((deployment) -> deployment.enabled() && !retired(deployment.model()))
				.filter((deployment) -> allows(name, deployment))
				.toList();
			return usable.isEmpty() ? Optional.empty()
					: Optional.of(new Target(target.name(), target.kind(), target.model(), usable));
		});
	}

	private boolean allows(String asked, Deployment deployment) {
		return this.allowed.contains(ANY) || this.allowed.contains(asked) || this.allowed.contains(deployment.name())
				|| this.allowed.contains(deployment.model().name())
				|| this.allowed.stream()
					.filter(this.registry.aliases()::contains)
					.flatMap((alias) -> this.registry.resolve(alias).stream())
					.anyMatch((target) -> target.deployments().contains(deployment));
	}

	private boolean retired(Model model) {
		LocalDate retiresOn = model.lifecycle().retiresOn();
		return model.lifecycle().stage() == Stage.RETIRED || (retiresOn != null && !this.today.isBefore(retiresOn));
	}

}
