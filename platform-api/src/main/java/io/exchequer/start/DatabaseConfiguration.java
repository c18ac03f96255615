package io.exchequer.start;

import javax.sql.DataSource;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Primary;
import org.springframework.core.env.Environment;
import org.springframework.jdbc.datasource.DriverManagerDataSource;

/**
 * The database and the two pools on it. They work as different roles: the gateway sees
 * every tenant and must name one in each statement, the console sees the one that its
 * transaction speaks for.
 */
@Configuration(proxyBeanMethods = false)
@EnableConfigurationProperties(StartSettings.class)
class DatabaseConfiguration {

	private static final long CONNECTION_TIMEOUT_MS = 5_000;

	private static final String SOCKET_TIMEOUT_S = "30";

	@Bean
	PlatformDatabase platformDatabase(StartSettings settings, Environment environment) {
		String url = setting(environment, "spring.datasource.url");
		if (url == null) {
			return PlatformDatabase.embedded(DataDirectory.open(settings.dataDirectory()));
		}
		if (settings.masterKeys() == null) {
			throw MasterKeysConfiguration.missing();
		}
		DatabaseLogin login = new DatabaseLogin(url, setting(environment, "spring.datasource.username"),
				setting(environment, "spring.datasource.password"));
		String owner = setting(environment, "spring.flyway.user");
		return PlatformDatabase.external(login, (owner == null) ? login
				: new DatabaseLogin(url, owner, setting(environment, "spring.flyway.password")));
	}

	private static @Nullable String setting(Environment environment, String name) {
		return StartSettings.absentIfBlank(environment.getProperty(name));
	}

	@Bean
	DatabaseMigration databaseMigration(PlatformDatabase database) {
		return DatabaseMigration.migrate(database);
	}

	/** Administration's pool, and the one that is meant where none is named. */
	@Bean
	@Primary
	HikariDataSource consoleDataSource(PlatformDatabase database, DatabaseMigration migration, StartSettings settings) {
		return pool(database.login(), "console", settings.consoleConnections());
	}

	/**
	 * The hot path's pool; name it to get it: {@code @Qualifier("gatewayDataSource")}.
	 */
	@Bean
	HikariDataSource gatewayDataSource(PlatformDatabase database, DatabaseMigration migration, StartSettings settings) {
		return pool(database.login(), "gateway", settings.gatewayConnections());
	}

	/** Opens connections outside of the pools, for what keeps one for good. */
	@Bean(defaultCandidate = false)
	DataSource unpooledDataSource(PlatformDatabase database, DatabaseMigration migration) {
		DatabaseLogin login = database.login();
		DriverManagerDataSource unpooled = new DriverManagerDataSource(login.url());
		unpooled.setUsername(login.user());
		unpooled.setPassword(login.password());
		return unpooled;
	}

	/**
	 * Opens a pool whose connections work as a runtime role, in the platform's schema.
	 */
	private static HikariDataSource pool(DatabaseLogin login, String name, int connections) {
		HikariConfig config = new HikariConfig();
		config.setPoolName(name);
		config.setJdbcUrl(login.url());
		config.setUsername(login.user());
		config.setPassword(login.password());
		config.setMaximumPoolSize(connections);
		config.setConnectionTimeout(CONNECTION_TIMEOUT_MS);
		config.setConnectionInitSql("SET ROLE exchequer_" + name + "; SET search_path TO " + DatabaseMigration.SCHEMA);
		config.addDataSourceProperty("ApplicationName", "exchequer-" + name);
		config.addDataSourceProperty("connectTimeout", "5");
		config.addDataSourceProperty("socketTimeout", SOCKET_TIMEOUT_S);
		config.addDataSourceProperty("tcpKeepAlive", "true");
		return new HikariDataSource(config);
	}

}
