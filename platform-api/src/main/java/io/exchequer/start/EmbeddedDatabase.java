package io.exchequer.start;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.SecureRandom;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.locks.ReentrantLock;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A PostgreSQL of the platform's own, for whoever has none. It keeps its data in the data
 * directory, listens on loopback only, asks for a generated password, and is durable.
 * <p>
 * The server runs in a session of its own: neither a signal to the terminal nor the
 * sudden death of the platform stops it. The next start adopts a server that still runs,
 * and recovers one that was killed too.
 */
final class EmbeddedDatabase implements AutoCloseable {

	private static final Logger logger = LoggerFactory.getLogger(EmbeddedDatabase.class);

	private static final String USER = "exchequer";

	private static final String DATABASE = "exchequer";

	private static final int PASSWORD_BYTES = 24;

	private static final Duration PATIENCE = Duration.ofSeconds(120);

	private static final Duration PAUSE = Duration.ofMillis(100);

	/** The server is there and starts up, shuts down or recovers. */
	private static final String CANNOT_CONNECT_NOW = "57P03";

	private static final String CONNECTION_FAILED = "08";

	private static final int PORT_ATTEMPTS = 3;

	private final DataDirectory directory;

	private final ServerCommand command;

	private final DatabaseLogin login;

	/** Starting and stopping the server exclude each other. */
	private final ReentrantLock server = new ReentrantLock();

	private volatile boolean abandoned;

	private EmbeddedDatabase(DataDirectory directory, ServerCommand command, DatabaseLogin login) {
		this.directory = directory;
		this.command = command;
		this.login = login;
	}

	/**
	 * Starts the server in a data directory, creating the cluster at the first time, or
	 * adopts the one that already runs there. Closing it leaves the directory open.
	 * @throws StartException if no server can be had
	 */
	static EmbeddedDatabase start(DataDirectory directory) {
		try {
			Path parent = directory.directory("postgresql");
			String password = directory.secret("database-password", EmbeddedDatabase::generatePassword);
			ServerCommand command = new ServerCommand(ServerBinaries.unpack(parent), parent, directory.ownedByRoot());
			initialise(directory, command);
			int port = adopt(command, password).orElse(0);
			if (port == 0) {
				port = startServer(command);
			}
			EmbeddedDatabase database = new EmbeddedDatabase(directory, command, login(port, DATABASE, password));
			createDatabase(login(port, "postgres", password));
			database.supervise();
			return database;
		}
		catch (IOException | SQLException ex) {
			throw new StartException("The embedded PostgreSQL in " + directory + " does not start: " + ex.getMessage(),
					"Read postgresql/start.log there, or use a PostgreSQL of your own: set SPRING_DATASOURCE_URL.", ex);
		}
	}

	/** Returns how to reach it. */
	DatabaseLogin login() {
		return this.login;
	}

	/**
	 * Makes the cluster beside its final place, so that a crash never leaves half of one.
	 */
	private static void initialise(DataDirectory directory, ServerCommand command) throws IOException {
		if (Files.exists(command.cluster())) {
			command.checkVersion();
			return;
		}
		Path unfinished = directory.resolve("postgresql").resolve("data-unfinished");
		ServerBinaries.deleteRecursively(unfinished);
		logger.info("Creating the embedded PostgreSQL in {}", directory);
		command.initialise(unfinished, USER, directory.resolve("database-password"));
		Files.writeString(unfinished.resolve("pg_hba.conf"), "host all " + USER + " 127.0.0.1/32 scram-sha-256\n");
		Files.move(unfinished, command.cluster(), StandardCopyOption.ATOMIC_MOVE);
	}

	/**
	 * Finds the server that a platform which was killed left behind.
	 * @return its port, or empty where none runs (any more)
	 */
	private static Optional<Integer> adopt(ServerCommand command, String password) throws IOException, SQLException {
		Optional<ServerCommand.Running> running = command.running();
		for (Deadline deadline = new Deadline(PATIENCE); running.isPresent(); running = command.running()) {
			int port = running.get().port();
			try (Connection connection = login(port, "postgres", password).connect("exchequer-start")) {
				logger.info("Adopted the embedded PostgreSQL {} that runs as process {}",
						connection.getMetaData().getDatabaseProductVersion(), running.get().process());
				return Optional.of(port);
			}
			catch (SQLException ex) {
				if (!mayPass(ex) || deadline.passed()) {
					throw ex;
				}
				deadline.pause(PAUSE);
			}
		}
		return Optional.empty();
	}

	private static boolean mayPass(SQLException ex) {
		String state = ex.getSQLState();
		return state != null && (state.equals(CANNOT_CONNECT_NOW) || state.startsWith(CONNECTION_FAILED));
	}

	/** Another process may take the free port before the server does: then once more. */
	private static int startServer(ServerCommand command) throws IOException {
		for (int attempt = 1;; attempt++) {
			int port = freePort();
			Files.writeString(command.cluster().resolve("postgresql.conf"), settings(port));
			try {
				command.start(PATIENCE);
				return port;
			}
			catch (IOException ex) {
				if (attempt == PORT_ATTEMPTS) {
					throw ex;
				}
				logger.debug("The embedded PostgreSQL did not start on port {}", port, ex);
			}
		}
	}

	private static int freePort() throws IOException {
		try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
			return socket.getLocalPort();
		}
	}

	/** Written anew at each start; what an operator adds belongs into custom.conf. */
	private static String settings(int port) {
		return """
				# Written by the platform at each start. Put settings of your own into custom.conf.
				listen_addresses = '127.0.0.1'
				port = %d
				unix_socket_directories = ''
				max_connections = 100
				shared_buffers = '128MB'
				max_wal_size = '1GB'
				checkpoint_timeout = '15min'
				jit = off
				timezone = 'UTC'
				log_timezone = 'UTC'
				logging_collector = on
				log_directory = 'log'
				log_filename = 'postgresql-%%a.log'
				log_rotation_age = '1d'
				log_rotation_size = 0
				log_truncate_on_rotation = on
				include_if_exists = 'custom.conf'
				fsync = on
				synchronous_commit = on
				full_page_writes = on
				""".formatted(port);
	}

	private static void createDatabase(DatabaseLogin login) throws SQLException {
		try (Connection connection = login.connect("exchequer-start");
				Statement statement = connection.createStatement()) {
			try (ResultSet found = statement
				.executeQuery("SELECT 1 FROM pg_database WHERE datname = '" + DATABASE + "'")) {
				if (found.next()) {
					return;
				}
			}
			statement.execute("CREATE DATABASE " + DATABASE);
		}
	}

	private static DatabaseLogin login(int port, String database, String password) {
		return new DatabaseLogin("jdbc:postgresql://127.0.0.1:" + port + "/" + database, USER, password);
	}

	private static String generatePassword() {
		byte[] bytes = new byte[PASSWORD_BYTES];
		new SecureRandom().nextBytes(bytes);
		return HexFormat.of().formatHex(bytes);
	}

	/** Starts the server again whenever it dies, on the port that the pools know. */
	private void supervise() throws IOException {
		this.command.running()
			.flatMap((running) -> ProcessHandle.of(running.process()))
			.orElseThrow(() -> new IOException("the server has ended again"))
			.onExit()
			.thenRunAsync(this::revive, (task) -> Thread.ofPlatform().daemon().name("postgresql-revival").start(task));
	}

	private void revive() {
		Deadline deadline = new Deadline(PATIENCE);
		while (!this.abandoned && !deadline.passed()) {
			this.server.lock();
			try {
				if (!this.abandoned) {
					this.command.start(PATIENCE);
					supervise();
					logger.error("The embedded PostgreSQL in {} had died and was started again", this.directory);
				}
				return;
			}
			catch (IOException ex) {
				// Processes of the dead server may still be there for a moment.
				logger.debug("The embedded PostgreSQL did not start again yet", ex);
			}
			finally {
				this.server.unlock();
			}
			pause();
		}
		if (!this.abandoned) {
			logger.error("The embedded PostgreSQL in {} died and does not start again: read start.log there",
					this.directory);
		}
	}

	private static void pause() {
		try {
			Thread.sleep(PAUSE);
		}
		catch (InterruptedException ex) {
			Thread.currentThread().interrupt();
		}
	}

	/** Leaves the server to whoever starts next, as a platform that is killed does. */
	void abandon() {
		this.abandoned = true;
	}

	/** Stops the server: clients are cut off, everything committed is on disk. */
	@Override
	public void close() {
		abandon();
		this.server.lock();
		try {
			this.command.stop(PATIENCE);
		}
		catch (IOException ex) {
			logger.warn("The embedded PostgreSQL in {} did not stop: {}", this.directory, ex.getMessage());
		}
		finally {
			this.server.unlock();
		}
	}

	/** For tests: the process of the server. */
	List<Long> processes() throws IOException {
		return this.command.running().map(ServerCommand.Running::process).stream().toList();
	}

}
