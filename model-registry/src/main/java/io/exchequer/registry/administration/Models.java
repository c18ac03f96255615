package io.exchequer.registry.administration;

import java.time.Clock;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

import io.exchequer.kernel.ConflictProblem;
import io.exchequer.kernel.ModelId;
import io.exchequer.kernel.NotFoundProblem;
import io.exchequer.kernel.Uuid7;
import io.exchequer.kernel.ValidationProblem;
import io.exchequer.registry.Change;
import io.exchequer.registry.Lifecycle;
import io.exchequer.registry.Model;
import io.exchequer.registry.Put;
import io.exchequer.registry.RegistryCommand.PutAlias;
import io.exchequer.registry.RegistryCommand.PutModel;
import io.exchequer.registry.RegistryView.AliasView;
import org.springframework.stereotype.Component;

import static io.exchequer.registry.administration.Flushing.flushing;

/**
 * Models and aliases. Works within the caller's transaction.
 */
@Component("registryModels")
class Models {

	private final ModelRepository models;

	private final AliasRepository aliases;

	private final DeploymentRepository deployments;

	private final Clock clock;

	private final Uuid7 ids;

	Models(ModelRepository models, AliasRepository aliases, DeploymentRepository deployments, Clock clock) {
		this.models = models;
		this.aliases = aliases;
		this.deployments = deployments;
		this.clock = clock;
		this.ids = new Uuid7(clock);
	}

	List<Model> all() {
		return this.models.all().stream().map(ModelEntity::toModel).toList();
	}

	Model model(String name) {
		return named(name).toModel();
	}

	Optional<ModelEntity> find(String name) {
		return this.models.named(name);
	}

	Change<Model> put(PutModel command, Put put) {
		RegistryRules.check(command);
		Optional<ModelEntity> found = this.models.named(command.name());
		Flushing.allow(put, found.isPresent(), "model", command.name());
		String displayName = (command.displayName() != null) ? command.displayName() : command.name();
		if (found.isEmpty()) {
			RegistryRules.requireNoIdentifier(command.name());
			requireFree(command.name());
			Model created = new Model(new ModelId(this.ids.next()), command.name(), displayName, command.capabilities(),
					(command.lifecycle() != null) ? command.lifecycle() : Lifecycle.ACTIVE);
			flushing(() -> this.models.saveAndFlush(new ModelEntity(created, now())));
			return Change.created(created);
		}
		Model before = found.get().toModel();
		return change(found.get(), new Model(before.id(), before.name(), displayName, command.capabilities(),
				(command.lifecycle() != null) ? command.lifecycle() : before.lifecycle()));
	}

	Change<Model> changeLifecycle(String name, Lifecycle lifecycle) {
		RegistryRules.check(name, lifecycle);
		ModelEntity entity = named(name);
		Model before = entity.toModel();
		return change(entity,
				new Model(before.id(), before.name(), before.displayName(), before.capabilities(), lifecycle));
	}

	Change<Model> delete(String name) {
		ModelEntity entity = named(name);
		List<String> uses = new ArrayList<>(this.deployments.namesOfModel(entity.id()));
		uses.addAll(this.aliases.namesOf(entity.id()));
		if (!uses.isEmpty()) {
			throw new ConflictProblem("model_in_use",
					"The model \"" + name + "\" is behind " + uses + ". Delete them first, or retire the model.");
		}
		Model before = entity.toModel();
		flushing(() -> {
			this.models.delete(entity);
			this.models.flush();
		});
		return Change.deleted(before);
	}

	List<AliasView> aliases() {
		return this.aliases.all().stream().map(AliasEntity::toView).toList();
	}

	AliasView alias(String name) {
		return namedAlias(name).toView();
	}

	Change<AliasView> put(PutAlias command, Put put) {
		RegistryRules.check(command);
		Optional<AliasEntity> found = this.aliases.findById(command.name());
		Flushing.allow(put, found.isPresent(), "alias", command.name());
		ModelEntity model = this.models.named(command.model())
			.orElseThrow(() -> ValidationProblem.of("unknown_model", "model",
					"must be a model's name: there is no model \"" + command.model() + "\""));
		AliasView after = new AliasView(command.name(), command.model());
		if (found.isEmpty()) {
			RegistryRules.requireNoIdentifier(command.name());
			requireFree(command.name());
			flushing(() -> this.aliases.saveAndFlush(new AliasEntity(command.name(), model, now())));
			return Change.created(after);
		}
		AliasView before = found.get().toView();
		if (!before.equals(after)) {
			found.get().set(model, now());
			flushing(this.aliases::flush);
		}
		return Change.updated(before, after);
	}

	Change<AliasView> deleteAlias(String name) {
		AliasEntity entity = namedAlias(name);
		AliasView before = entity.toView();
		flushing(() -> {
			this.aliases.delete(entity);
			this.aliases.flush();
		});
		return Change.deleted(before);
	}

	/**
	 * Checks that nothing a client can ask for has a name yet.
	 * @throws ConflictProblem if something has
	 */
	void requireFree(String name) {
		this.models.kindOfName(name).ifPresent((kind) -> {
			throw Flushing.nameTaken(name, kind.equals("model_alias") ? "alias" : kind);
		});
	}

	private Change<Model> change(ModelEntity entity, Model after) {
		Model before = entity.toModel();
		if (!before.equals(after)) {
			entity.set(after, now());
			flushing(this.models::flush);
		}
		return Change.updated(before, after);
	}

	private ModelEntity named(String name) {
		return this.models.named(name).orElseThrow(() -> new NotFoundProblem("model", name));
	}

	private AliasEntity namedAlias(String name) {
		return this.aliases.findById(name).orElseThrow(() -> new NotFoundProblem("alias", name));
	}

	private Instant now() {
		return this.clock.instant().truncatedTo(ChronoUnit.MICROS);
	}

}
