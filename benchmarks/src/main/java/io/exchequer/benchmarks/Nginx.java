package io.exchequer.benchmarks;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/** nginx as a reverse proxy before the mock upstream: the yardstick. */
final class Nginx {

	private Nginx() {
	}

	/**
	 * Starts it with two workers and connections to the upstream kept alive. Answers that
	 * are not streamed are buffered, as by default; the mock turns that off for streams.
	 */
	static Process start(Processes processes, Path work, int port, int upstreamPort) throws IOException {
		Path home = Files.createDirectories(work.resolve("nginx"));
		Path configuration = home.resolve("nginx.conf");
		Files.writeString(configuration, """
				daemon off;
				worker_processes 2;
				pid %1$s/nginx.pid;
				error_log %1$s/error.log warn;
				events { worker_connections 4096; }
				http {
					access_log off;
					client_body_temp_path %1$s/body;
					proxy_temp_path %1$s/proxy;
					fastcgi_temp_path %1$s/fastcgi;
					uwsgi_temp_path %1$s/uwsgi;
					scgi_temp_path %1$s/scgi;
					tcp_nodelay on;
					keepalive_requests 1000000000;
					keepalive_timeout 3600s;
					upstream mock {
						server 127.0.0.1:%2$d;
						keepalive 256;
						keepalive_requests 1000000000;
						keepalive_timeout 3600s;
					}
					server {
						listen 127.0.0.1:%3$d backlog=1024;
						location / {
							proxy_pass http://mock;
							proxy_http_version 1.1;
							proxy_set_header Connection "";
						}
					}
				}
				""".formatted(home, upstreamPort, port));
		return processes.logged("nginx", List.of("nginx", "-p", home.toString(), "-c", configuration.toString()),
				Map.of());
	}

	/** Returns a port of the loopback address that was free a moment ago. */
	static int freePort() throws IOException {
		try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
			return socket.getLocalPort();
		}
	}

}
