package io.exchequer.routing.provider.demo;

import java.util.List;

/** An answer of the simulator in OpenAI's wire format. */
interface DemoAnswer {

	/** Returns the tokens of the longest choice: choices are made side by side. */
	int steps();

	/** Returns the whole answer. */
	byte[] whole();

	/** Returns the answer's events in their order, {@code [DONE]} at the end. */
	List<DemoWriter.Event> events();

}
