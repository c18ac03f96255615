package io.exchequer.testing;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;

import javax.sql.DataSource;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import org.flywaydb.core.Flyway;

/**
 * A fresh database of the JVM's one PostgreSQL, migrated, durable, and dropped when
 * closed. Its owner is no superuser, as in production.
 */
public final class TestDatabase implements AutoCloseable {

	/** The schema that holds every table. */
	public static final String SCHEMA = "exchequer";

	private static final AtomicInteger COUNTER = new AtomicInteger();

	/** Databases that were migrated once, to be copied: by their locations. */
	private static final Map<List<String>, String> TEMPLATES = new ConcurrentHashMap<>();

	private final TestServer server;

	private final String name;

	private final List<HikariDataSource> pools = new ArrayList<>();

	private TestDatabase(TestServer server, String name) {
		this.server = server;
		this.name = name;
	}

	/**
	 * Makes a migrated database.
	 * @param flywayLocations where its migrations are; none means the migrations of every
	 * module on the class path
	 */
	public static TestDatabase create(String... flywayLocations) {
		List<String> locations = (flywayLocations.length == 0) ? List.of("classpath:db/migration")
				: List.of(flywayLocations);
		TestServer server = TestServer.shared();
		String template = TEMPLATES.computeIfAbsent(locations, (missing) -> template(server, missing));
		return new TestDatabase(server, newDatabase(server, template));
	}

	/** Makes a database with nothing in it, not even the schema. */
	public static TestDatabase empty() {
		TestServer server = TestServer.shared();
		return new TestDatabase(server, newDatabase(server, "template1"));
	}

	private static String template(TestServer server, List<String> locations) {
		String name = newDatabase(server, "template1");
		Flyway.configure()
			.dataSource(server.url(name), TestServer.OWNER, TestServer.OWNER_PASSWORD)
			.defaultSchema(SCHEMA)
			.locations(locations.toArray(String[]::new))
			.load()
			.migrate();
		return name;
	}

	private static String newDatabase(TestServer server, String template) {
		String name = "test_" + COUNTER.incrementAndGet();
		server.execute("CREATE DATABASE " + name + " OWNER " + TestServer.OWNER + " TEMPLATE " + template);
		return name;
	}

	/** Returns a pool of the owner's connections, as migrations run. */
	public DataSource owner() {
		return pool("SET ROLE NONE", 16);
	}

	/** Returns a pool of connections in the gateway's role. */
	public DataSource gateway() {
		return gateway(32);
	}

	/** Returns a pool of connections in the gateway's role, at most as many as given. */
	public DataSource gateway(int connectionsMax) {
		return pool("SET ROLE exchequer_gateway", connectionsMax);
	}

	/**
	 * Returns a pool of connections in the interactive role.
	 * @param tenantSetting the tenant they speak for: its identifier, {@code *} for all,
	 * or the empty string for none
	 */
	public DataSource console(String tenantSetting) {
		return pool("SET ROLE exchequer_console; SET exchequer.tenant = '" + tenantSetting.replace("'", "''") + "'", 8);
	}

	/** Returns the address without a schema, for starting the real application. */
	public String jdbcUrl() {
		return this.server.url(this.name);
	}

	public String username() {
		return TestServer.OWNER;
	}

	public String password() {
		return TestServer.OWNER_PASSWORD;
	}

	private synchronized DataSource pool(String initSql, int connectionsMax) {
		HikariConfig config = new HikariConfig();
		config.setJdbcUrl(jdbcUrl());
		config.setUsername(username());
		config.setPassword(password());
		config.setSchema(SCHEMA);
		config.setConnectionInitSql(initSql);
		config.setMaximumPoolSize(connectionsMax);
		config.setMinimumIdle(0);
		HikariDataSource pool = new HikariDataSource(config);
		this.pools.add(pool);
		return pool;
	}

	/** Closes every pool and drops the database with whatever is still connected. */
	@Override
	public synchronized void close() {
		this.pools.forEach(HikariDataSource::close);
		this.pools.clear();
		this.server.execute("DROP DATABASE " + this.name + " WITH (FORCE)");
	}

}
