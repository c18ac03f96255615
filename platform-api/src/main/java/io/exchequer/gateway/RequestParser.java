package io.exchequer.gateway;

import io.exchequer.routing.wire.Endpoint;
import io.exchequer.routing.wire.InvalidRequestException;
import io.exchequer.routing.wire.RequestDocument;

/**
 * Reads a body in OpenAI's wire format.
 */
@FunctionalInterface
interface RequestParser {

	/**
	 * Reads a body.
	 * @throws InvalidRequestException if it is no valid request
	 */
	RequestDocument parse(Endpoint endpoint, byte[] body) throws InvalidRequestException;

}
