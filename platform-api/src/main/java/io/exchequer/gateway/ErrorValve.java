package io.exchequer.gateway;

import java.io.IOException;
import java.util.concurrent.atomic.AtomicBoolean;

import io.exchequer.routing.ApiError;
import jakarta.servlet.ServletException;
import jakarta.servlet.ServletRequest;
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
	static void leave(ServletRequest request, ApiError error) {
		request.setAttribute(ERROR, error);
	}

	@Override
	public void invoke(Request request, Response response) throws IOException, ServletException {
		ClientWatch.keep(request);
		getNext().invoke(request, response);
		if (request.getAttribute(ERROR) instanceof ApiError error) {
			end(response, error);
		}
	}

	private static void end(Response response, ApiError error) throws IOException {
		response.setErrorReported();
		response.setSuspended(false);
		if (response.getCoyoteResponse().isCommitted() || !writable(response)) {
			response.getCoyoteResponse()
				.action(ActionCode.CLOSE_NOW, new CloseNowException("the answer broke off: " + error.code()));
			return;
		}
		Answers.error(response, error);
		response.finishResponse();
	}

	private static boolean writable(Response response) {
		AtomicBoolean allowed = new AtomicBoolean();
		response.getCoyoteResponse().action(ActionCode.IS_IO_ALLOWED, allowed);
		return allowed.get();
	}

}
