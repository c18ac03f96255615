package io.exchequer.start;

import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.util.Properties;

import org.jspecify.annotations.Nullable;

/**
 * Where a PostgreSQL is, and as whom to connect. Its text never shows the password.
 *
 * @param url the JDBC URL, {@code jdbc:postgresql:…}
 * @param user the role, or null where the URL names it
 * @param password the password, or null where the URL or the server's rules do without
 */
record DatabaseLogin(String url, @Nullable String user, @Nullable String password) {

	private static final String CONNECT_TIMEOUT_S = "10";

	DatabaseLogin {
		if (!url.startsWith("jdbc:postgresql:")) {
			throw new StartException("'" + url + "' is not the URL of a PostgreSQL",
					"Set SPRING_DATASOURCE_URL to jdbc:postgresql://host:port/database, or leave it out to use the "
							+ "embedded PostgreSQL.");
		}
	}

	/**
	 * Opens a connection outside of any pool; the caller closes it.
	 * @param name what the server's statistics show as the application
	 */
	Connection connect(String name) throws SQLException {
		Properties properties = new Properties();
		if (this.user != null) {
			properties.setProperty("user", this.user);
		}
		if (this.password != null) {
			properties.setProperty("password", this.password);
		}
		properties.setProperty("ApplicationName", name);
		properties.setProperty("connectTimeout", CONNECT_TIMEOUT_S);
		properties.setProperty("tcpKeepAlive", "true");
		return DriverManager.getConnection(this.url, properties);
	}

	/** Returns the URL without its parameters, which may hold a password. */
	String shownUrl() {
		int parameters = this.url.indexOf('?');
		return (parameters < 0) ? this.url : this.url.substring(0, parameters);
	}

	@Override
	public String toString() {
		return shownUrl() + " as " + this.user;
	}

}
