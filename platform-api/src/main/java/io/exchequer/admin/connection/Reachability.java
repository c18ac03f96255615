package io.exchequer.admin.connection;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.net.URI;
import java.net.UnknownHostException;
import java.time.Duration;

import io.exchequer.admin.connection.ConnectionReport.Check;
import io.exchequer.admin.connection.ConnectionReport.Kind;
import io.exchequer.admin.connection.ConnectionReport.Result;
import io.exchequer.registry.Deployment;
import io.exchequer.routing.FailureClass;
import org.jspecify.annotations.Nullable;

/**
 * Opens a connection to a provider's host, and closes it again: no request is sent.
 */
final class Reachability {

	private static final int HTTPS = 443;

	private static final int HTTP = 80;

	private Reachability() {
	}

	static Check check(Deployment deployment, Duration limit) {
		String baseUrl = deployment.provider().baseUrl();
		if (baseUrl.isEmpty()) {
			return Check.without(Kind.CONNECTION, Result.NOT_APPLICABLE,
					"the provider has no base URL that could be connected to");
		}
		URI uri = URI.create(baseUrl);
		int port = (uri.getPort() >= 0) ? uri.getPort() : "https".equalsIgnoreCase(uri.getScheme()) ? HTTPS : HTTP;
		Duration own = deployment.settings().connectTimeout();
		long begun_ns = System.nanoTime();
		return reach(uri.getHost(), port, begun_ns, (own.compareTo(limit) < 0) ? own : limit);
	}

	/** Tries each of the host's addresses within the time there is for all of them. */
	private static Check reach(String host, int port, long begun_ns, Duration patience) {
		FailureClass failure = FailureClass.NETWORK;
		try {
			for (InetAddress address : InetAddress.getAllByName(unbracketed(host))) {
				long left = patience.toMillis() - (System.nanoTime() - begun_ns) / 1_000_000;
				if (left <= 0) {
					failure = FailureClass.TIMEOUT;
					break;
				}
				failure = connect(new InetSocketAddress(address, port), (int) Math.min(left, Integer.MAX_VALUE));
				if (failure == null) {
					return result(Result.PASSED, "the provider's host accepts connections", null, begun_ns);
				}
			}
		}
		catch (UnknownHostException ex) {
			return result(Result.FAILED, "the name of the provider's host is not known", FailureClass.NETWORK,
					begun_ns);
		}
		return result(Result.FAILED,
				(failure == FailureClass.TIMEOUT)
						? "no connection to the provider's host within " + patience.toMillis() + " ms"
						: "the provider's host accepts no connection",
				failure, begun_ns);
	}

	/** Returns why there is no connection, or null where there is one. */
	private static @Nullable FailureClass connect(InetSocketAddress address, int millis) {
		try (Socket socket = new Socket()) {
			socket.connect(address, millis);
			return null;
		}
		catch (SocketTimeoutException ex) {
			return FailureClass.TIMEOUT;
		}
		catch (IOException ex) {
			return FailureClass.NETWORK;
		}
	}

	private static String unbracketed(String host) {
		return host.startsWith("[") ? host.substring(1, host.length() - 1) : host;
	}

	private static Check result(Result result, String detail, @Nullable FailureClass failure, long begun_ns) {
		return new Check(Kind.CONNECTION, result, detail, failure, (System.nanoTime() - begun_ns) / 1_000_000, null,
				null, null);
	}

}
