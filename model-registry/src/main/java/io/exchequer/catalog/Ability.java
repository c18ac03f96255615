package io.exchequer.catalog;

/** Something that not every model can do. */
public enum Ability {

	TOOLS, STRUCTURED_OUTPUT, REASONING, PROMPT_CACHING, FILL_IN_THE_MIDDLE

}
