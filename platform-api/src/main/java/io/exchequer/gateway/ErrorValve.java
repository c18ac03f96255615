package io.exchequer.gateway;

import java.io.IOException;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicBoolean;

import jakarta.servlet.ServletException;

import io.exchequer.gateway.dialect.Dialect;
import io.exchequer.routing.ApiError;
import org.apache.catalina.connector.Request;
import org.apache.catalina.connector.Response;
import org.apache.catalina.valves.ValveBase;
import org.apache.coyote.ActionCode;
import org.apache.coyote.CloseNowException;

/**
 * Ends what a servlet cannot end by itself. Tomcat takes the response away from a servlet
 * whose client's body broke off, and would answer in HTML: the error is sent here
 * instead. And where an error comes after an answer has begun, only the container can cut
 * the connection, so that what was sent does not look complete.
 */
final class ErrorValve extends ValveBase {

	private static final String ERROR = ErrorValve.class.getName() + ".error";

	ErrorValve() {
		super(true);
	}

	/** Leaves an error for the valve, by a servlet that can no longer send it. */
	static void leave(Exchange exchange, ApiError error) {
		exchange.request().setAttribute(ERROR, new Left(error, exchange.dialect(), exchange.id()));
	}

	@Override
	public void invoke(Request request, Response response) throws IOException, ServletException {
		ClientWatch.keep(request);
		getNext().invoke(request, response);
		if (request.getAttribute(ERROR) instanceof Left left) {
			end(response, left);
		}
	}

	private static void end(Response response, Left left) throws IOException {
		response.setErrorReported();
		response.setSuspended(false);
		if (response.getCoyoteResponse().isCommitted() || !writable(response)) {
			response.getCoyoteResponse()
				.action(ActionCode.CLOSE_NOW, new CloseNowException("the answer broke off: " + left.error().code()));
			return;
		}
		Answers.error(response, left.error(), left.dialect(), left.requestId());
		response.finishResponse();
	}

	private static boolean writable(Response response) {
		AtomicBoolean allowed = new AtomicBoolean();
		response.getCoyoteResponse().action(ActionCode.IS_IO_ALLOWED, allowed);
		return allowed.get();
	}

	/** An error that was left, and what its client speaks. */
	private record Left(ApiError error, Dialect dialect, UUID requestId) {
	}

}
