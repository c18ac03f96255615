package io.exchequer.admin;

import java.io.ByteArrayInputStream;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Set;

import io.exchequer.kernel.ValidationProblem;
import io.exchequer.kernel.ValidationProblem.FieldProblem;
import jakarta.validation.ConstraintViolation;
import jakarta.validation.Validator;
import org.jspecify.annotations.Nullable;
import org.snakeyaml.engine.v2.api.lowlevel.Parse;
import org.snakeyaml.engine.v2.events.AliasEvent;
import org.snakeyaml.engine.v2.events.Event;
import org.snakeyaml.engine.v2.events.NodeEvent;
import org.snakeyaml.engine.v2.exceptions.YamlEngineException;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.ObjectMapper;

import org.springframework.stereotype.Component;

/**
 * Reads configuration files and applies them: all of a file or nothing of it.
 */
@Component
class ConfigurationFiles {

	/** The most bytes a file may have. */
	static final int BYTES_MAX = 8 * 1024 * 1024;

	private final ObjectMapper json = AdminMappers.json();

	private final ObjectMapper yaml = AdminMappers.yaml();

	private final Validator validator;

	private final FileApplication application;

	private final Changes changes;

	ConfigurationFiles(Validator validator, FileApplication application, Changes changes) {
		this.validator = validator;
		this.application = application;
		this.changes = changes;
	}

	/**
	 * Reads a file.
	 * @throws ValidationProblem naming every member that is unknown, missing, said twice
	 * or not of the right form, as far as it can be read
	 */
	ConfigurationFile read(byte[] document, boolean isJson) {
		if (!isJson) {
			refuseAnchors(document);
		}
		try {
			ConfigurationFile file = (isJson ? this.json : this.yaml).readValue(document, ConfigurationFile.class);
			if (file == null) {
				throw ValidationProblem.of("empty", "", "the file says nothing");
			}
			return checked(file);
		}
		catch (JacksonException ex) {
			throw new ValidationProblem(List.of(AdminProblems.unreadable(ex)));
		}
	}

	/**
	 * Refuses anchors, aliases and so merge keys: the mapper would read an alias of a
	 * text as the anchor's name. What is no YAML at all is left for the mapper to tell.
	 */
	private static void refuseAnchors(byte[] document) {
		List<FieldProblem> problems = new ArrayList<>();
		try {
			for (Event event : new Parse(AdminMappers.YAML).parseInputStream(new ByteArrayInputStream(document))) {
				if (event instanceof AliasEvent || (event instanceof NodeEvent node && node.getAnchor().isPresent())) {
					String where = event.getStartMark()
						.map((mark) -> ", at line " + (mark.getLine() + 1) + ", column " + (mark.getColumn() + 1))
						.orElse("");
					problems.add(new FieldProblem("yaml_anchor", "",
							"must have no anchors (&) and aliases (*): write out what they stand for" + where));
				}
			}
		}
		catch (YamlEngineException ex) {
			return;
		}
		if (!problems.isEmpty()) {
			throw new ValidationProblem(problems);
		}
	}

	private ConfigurationFile checked(ConfigurationFile file) {
		Set<ConstraintViolation<ConfigurationFile>> violations = this.validator.validate(file);
		if (!violations.isEmpty()) {
			throw new ValidationProblem(violations.stream()
				.map((violation) -> new FieldProblem("invalid", violation.getPropertyPath().toString(),
						violation.getMessage()))
				.sorted(Comparator.comparing(FieldProblem::field))
				.toList());
		}
		List<FieldProblem> repetitions = Repetitions.in(file);
		if (!repetitions.isEmpty()) {
			throw new ValidationProblem(repetitions);
		}
		return file;
	}

	/**
	 * Applies a file in one transaction, as whoever acts.
	 * @param dryRun whether only to say what would change
	 */
	Result apply(ConfigurationFile file, boolean dryRun) {
		List<Applied> applied = dryRun ? this.changes.withoutEffect(() -> this.application.plan(file))
				: this.changes.inTransaction(() -> this.application.apply(file));
		List<Applied> told = dryRun ? applied.stream().map(Applied::withoutSecret).toList() : applied;
		return Result.of(dryRun, told);
	}

	/**
	 * What a file changed.
	 *
	 * @param dryRun whether nothing was changed
	 * @param created how many things are new
	 * @param updated how many things are different
	 * @param unchanged how many things were so already
	 * @param changes each thing, in the file's order
	 */
	record Result(boolean dryRun, int created, int updated, int unchanged, List<Applied> changes) {

		static Result of(boolean dryRun, List<Applied> applied) {
			return new Result(dryRun, count(applied, "created"), count(applied, "updated"), count(applied, "unchanged"),
					applied);
		}

		private static int count(List<Applied> applied, String result) {
			return Math.toIntExact(applied.stream().filter((one) -> one.result().equals(result)).count());
		}

	}

	/**
	 * What became of one thing.
	 *
	 * @param resource the kind of thing
	 * @param name its name, under the names of what it belongs to
	 * @param result {@code created}, {@code updated} or {@code unchanged}
	 * @param secret the random secret of a new virtual key, told this once, or null
	 */
	record Applied(String resource, String name, String result, @Nullable String secret) {

		Applied withoutSecret() {
			return new Applied(this.resource, this.name, this.result, null);
		}

		@Override
		public String toString() {
			return this.resource + " " + this.name + ": " + this.result;
		}

	}

	/** Gathers what became of each thing. */
	static final class Log {

		private final List<Applied> applied = new ArrayList<>();

		void add(String resource, String name, Enum<?> kind, @Nullable String secret) {
			this.applied.add(new Applied(resource, name, kind.name().toLowerCase(Locale.ROOT), secret));
		}

		List<Applied> applied() {
			return List.copyOf(this.applied);
		}

	}

}
