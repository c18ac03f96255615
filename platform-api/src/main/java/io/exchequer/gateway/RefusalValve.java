package io.exchequer.gateway;

import java.io.IOException;

import jakarta.servlet.ServletException;

import io.exchequer.gateway.dialect.Dialect;
import io.exchequer.routing.ApiError;
import org.apache.catalina.connector.Request;
import org.apache.catalina.connector.Response;
import org.apache.catalina.valves.ValveBase;
import org.jspecify.annotations.Nullable;

/**
 * Answers what Tomcat refuses before any servlet is asked: a malformed request line, a
 * header that is malformed or too long, broken framing. Tomcat would answer in HTML,
 * which no client of the API reads. Where the request was so malformed that its path is
 * not known, it is taken for one to the API.
 */
final class RefusalValve extends ValveBase {

	private static final String PREFIX = "/v1";

	RefusalValve() {
		super(true);
	}

	@Override
	public void invoke(Request request, Response response) throws IOException, ServletException {
		if (!response.isError()) {
			getNext().invoke(request, response);
			return;
		}
		String path = request.getRequestURI();
		if (path != null && !path.equals(PREFIX) && !path.startsWith(PREFIX + "/")) {
			getNext().invoke(request, response);
			return;
		}
		if (response.getStatus() == Response.SC_METHOD_NOT_ALLOWED) {
			allow(response, path);
		}
		response.setErrorReported();
		response.setSuspended(false);
		Dialect dialect = Dialects.of((path != null) ? path.substring(PREFIX.length()) : null);
		Answers.error(response, error(response.getStatus()), dialect, null);
	}

	private static void allow(Response response, @Nullable String path) {
		Route route = (path != null) ? Route.of(path.substring(PREFIX.length())) : Route.UNKNOWN;
		if (route != Route.UNKNOWN) {
			response.setHeader("Allow", route.allow());
		}
	}

	private static ApiError error(int status) {
		return switch (status) {
			case 400 -> error(status, "malformed_request",
					"This is not a valid HTTP request: its request line, its target, a header or its framing is malformed, or its headers are too long.");
			case 405 -> error(status, "method_not_allowed", "This method is not served here.");
			case 417 -> error(status, "expectation_failed", "The only expectation that can be met is 100-continue.");
			case 501 -> error(status, "not_implemented",
					"This method or transfer coding is not implemented. Send the body with Content-Length or Transfer-Encoding: chunked.");
			case 505 -> error(status, "http_version_not_supported", "Use HTTP/1.1.");
			default -> error(status, "refused", "The server refuses this request before it reaches the API.");
		};
	}

	private static ApiError error(int status, String code, String message) {
		return ApiError.of(status, Errors.typeOf(status), code, message);
	}

}
