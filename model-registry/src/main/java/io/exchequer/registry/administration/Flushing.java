package io.exchequer.registry.administration;

import java.util.function.Supplier;

import io.exchequer.kernel.ConflictProblem;
import io.exchequer.kernel.NotFoundProblem;
import io.exchequer.registry.Put;
import org.springframework.dao.DataIntegrityViolationException;

/**
 * Writes to the database at once. What was looked up before may have been changed by
 * another transaction in between; its keys and references have the last word.
 */
final class Flushing {

	private Flushing() {
	}

	/**
	 * Runs what writes.
	 * @throws ConflictProblem if a key or a reference refused it
	 */
	static <T> T flushing(Supplier<T> write) {
		try {
			return write.get();
		}
		catch (DataIntegrityViolationException ex) {
			throw new ConflictProblem("concurrent_change",
					"Somebody else changed the registry at the same moment. Look again and repeat the change.");
		}
	}

	/** Runs what writes. */
	static void flushing(Runnable write) {
		flushing(() -> {
			write.run();
			return Boolean.TRUE;
		});
	}

	/**
	 * Checks that a resource may be put.
	 * @throws ConflictProblem if it must not be there and is
	 * @throws NotFoundProblem if it must be there and is not
	 */
	static void allow(Put put, boolean there, String resource, String name) {
		if (there && put == Put.CREATE) {
			throw nameTaken(name, resource);
		}
		if (!there && put == Put.UPDATE) {
			throw new NotFoundProblem(resource, name);
		}
	}

	static ConflictProblem nameTaken(String name, String resource) {
		String article = resource.startsWith("a") ? "an " : "a ";
		return new ConflictProblem("name_taken",
				"There is " + article + resource + " \"" + name + "\" already. Choose another name.");
	}

}
