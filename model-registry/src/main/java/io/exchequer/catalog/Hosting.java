package io.exchequer.catalog;

/** Where a model can be had. */
public enum Hosting {

	/** From its vendor's API, for money. */
	HOSTED,
	/** As weights, to run on machines of one's own. */
	LOCAL

}
