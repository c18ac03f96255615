package io.exchequer.admin;

import java.util.function.Supplier;

import io.exchequer.kernel.TenantId;
import io.exchequer.registry.Change;
import io.exchequer.security.Audit;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.json.JsonMapper;

import org.springframework.stereotype.Component;
import org.springframework.transaction.support.TransactionTemplate;

/**
 * Makes each command one transaction: the change and its audit row together, or neither.
 */
@Component
class Changes {

	private final TransactionTemplate transaction;

	private final Audit audit;

	private final JsonMapper json = AdminMappers.json();

	Changes(TransactionTemplate transaction, Audit audit) {
		this.transaction = transaction;
		this.audit = audit;
	}

	/** Runs a command in a transaction. */
	<T> T inTransaction(Supplier<T> command) {
		T result = this.transaction.execute((status) -> command.get());
		if (result == null) {
			throw new IllegalStateException("the command returned nothing");
		}
		return result;
	}

	/** Runs a command in a transaction that leaves nothing behind. */
	<T> T withoutEffect(Supplier<T> command) {
		T result = this.transaction.execute((status) -> {
			status.setRollbackOnly();
			return command.get();
		});
		if (result == null) {
			throw new IllegalStateException("the command returned nothing");
		}
		return result;
	}

	/**
	 * Records what a command did, unless it did nothing.
	 * @param what what was changed
	 */
	<T> Change<T> recorded(Subject what, Change<T> change) {
		if (change.changed()) {
			String action = switch (change.kind()) {
				case CREATED -> "create";
				case UPDATED, UNCHANGED -> "update";
				case DELETED -> "delete";
			};
			record(what, action, change.before(), change.after());
		}
		return change;
	}

	/** Records an action that is more than creating, updating or deleting. */
	void record(Subject what, String action, @Nullable Object before, @Nullable Object after) {
		TenantId tenant = what.tenant();
		this.audit.record(new Audit.Change((tenant != null) ? tenant : Audit.PLATFORM, action, what.resource(),
				what.id(), what.name(), written(before), written(after)));
	}

	private @Nullable String written(@Nullable Object summary) {
		return (summary != null) ? this.json.writeValueAsString(summary) : null;
	}

	/**
	 * What is changed.
	 *
	 * @param resource the kind of thing in the singular, in snake case
	 * @param tenant whose, or null for what belongs to the platform
	 * @param id its identifier
	 * @param name its name
	 */
	record Subject(String resource, @Nullable TenantId tenant, String id, String name) {

		static Subject shared(String resource, String name) {
			return new Subject(resource, null, name, name);
		}

	}

}
