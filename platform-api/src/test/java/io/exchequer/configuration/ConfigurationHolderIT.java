package io.exchequer.configuration;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.ReentrantLock;
import java.util.stream.IntStream;

import javax.sql.DataSource;

import io.exchequer.testing.TestDatabase;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

import org.springframework.boot.health.contributor.Health;
import org.springframework.boot.health.contributor.Status;
import org.springframework.jdbc.datasource.AbstractDataSource;
import org.springframework.jdbc.datasource.DelegatingDataSource;
import org.springframework.jdbc.datasource.DriverManagerDataSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

class ConfigurationHolderIT {

	private static final Duration STALENESS = Duration.ofSeconds(10);

	private static final Runnable NOTHING = () -> {
	};

	private final AtomicLong ticker_ns = new AtomicLong(Long.MAX_VALUE - 1_000_000_000);

	private TestDatabase database;

	private DataSource owner;

	@BeforeEach
	void createParts() throws SQLException {
		this.database = TestDatabase.create();
		this.owner = this.database.owner();
		change(TestParts.TABLE);
	}

	@AfterEach
	void drop() {
		this.database.close();
	}

	@Test
	void knowsNothingBeforeTheFirstRound() {
		assertThatExceptionOfType(StaleConfigurationException.class)
			.isThrownBy(() -> holder(this.database.gateway(2), NOTHING).current());
	}

	@Test
	void showsAChangeOnEveryReplicaThatIsToldThoughNoneLooksForIt() throws SQLException {
		ConfigurationHolder one = holder(this.database.gateway(2), NOTHING);
		ConfigurationHolder other = holder(this.database.gateway(2), NOTHING);
		try (ConfigurationWatch watchOne = watch(one, unpooled(), Duration.ofHours(1));
				ConfigurationWatch watchOther = watch(other, unpooled(), Duration.ofHours(1))) {
			watchOne.start();
			watchOther.start();
			awaitListeners(2);
			change("UPDATE exchequer.part SET value = 'second'");
			for (ConfigurationHolder replica : List.of(one, other)) {
				awaitSecond(replica);
			}
			// Else each watch would end only when its poll is over.
			change("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE 'LISTEN %' "
					+ "AND datname = current_database()");
		}
		assertThat(one.version()).isEqualTo(other.version());
	}

	/** Each replica looks once in a poll, which is a second at most. */
	@Test
	void showsAChangeOnAReplicaThatNobodyTells() throws SQLException {
		ConfigurationHolder holder = holder(this.database.gateway(2), NOTHING);
		DataSource deaf = new DelegatingDataSource(unpooled()) {

			@Override
			public Connection getConnection() throws SQLException {
				throw new SQLException("cut");
			}

		};
		try (ConfigurationWatch watch = watch(holder, deaf, Duration.ofMillis(500))) {
			watch.start();
			change("UPDATE exchequer.part SET value = 'second'");
			awaitSecond(holder);
		}
	}

	/**
	 * The bound is for a machine that stands still; ReplicasIT holds the promised second.
	 */
	private static void awaitSecond(ConfigurationHolder replica) {
		Awaitility.await().atMost(Duration.ofSeconds(60)).pollInterval(Duration.ofMillis(5)).untilAsserted(() -> {
			assertThat(TestParts.registry(replica.current())).isEqualTo("second");
			assertThat(TestParts.identities(replica.current())).isEqualTo("second");
		});
	}

	/** Waits until so many connections listen: what is said before nobody hears. */
	private void awaitListeners(int count) {
		Awaitility.await().atMost(Duration.ofSeconds(60)).until(() -> {
			try (Connection connection = this.owner.getConnection();
					Statement statement = connection.createStatement();
					ResultSet row = statement.executeQuery("SELECT count(*) FROM pg_stat_activity "
							+ "WHERE datname = current_database() AND query LIKE 'LISTEN %' AND state = 'idle'")) {
				return row.next() && row.getInt(1) >= count;
			}
		});
	}

	@Test
	void neverHoldsHalfOfAChange() {
		AtomicBoolean once = new AtomicBoolean();
		ConfigurationHolder holder = holder(this.database.gateway(2), () -> {
			if (once.compareAndSet(false, true)) {
				changeUnchecked("UPDATE exchequer.part SET value = 'second'");
			}
		});
		Configuration first = holder.refresh();
		assertThat(TestParts.registry(first)).isEqualTo("first");
		assertThat(TestParts.identities(first)).isEqualTo("first");
		Configuration second = holder.refresh();
		assertThat(second.version()).isEqualTo(first.version() + 1);
		assertThat(second.routing().version()).isEqualTo(second.version());
		assertThat(TestParts.registry(second)).isEqualTo("second");
		assertThat(TestParts.identities(second)).isEqualTo("second");
	}

	@Test
	void refusesToServeOnceItsConfirmationIsTooOld() {
		BreakableDatabase breakable = new BreakableDatabase(this.database.gateway(2));
		ConfigurationHolder holder = holder(breakable, NOTHING);
		ConfigurationHealth health = new ConfigurationHealth(holder);
		Configuration known = holder.refresh();
		breakable.broken = true;
		assertThatExceptionOfType(StaleConfigurationException.class).isThrownBy(holder::refresh)
			.withMessageContaining("cut");
		this.ticker_ns.addAndGet(STALENESS.toNanos());
		assertThat(holder.current()).isSameAs(known);
		assertThat(status(health)).isEqualTo(Status.UP);
		this.ticker_ns.incrementAndGet();
		assertThatExceptionOfType(StaleConfigurationException.class).isThrownBy(holder::current)
			.withMessageContaining("10 s");
		assertThat(status(health)).isEqualTo(Status.OUT_OF_SERVICE);
		breakable.broken = false;
		assertThat(holder.refresh()).isSameAs(known);
		assertThat(holder.current()).isSameAs(known);
		assertThat(status(health)).isEqualTo(Status.UP);
	}

	@Test
	void keepsTheLastGoodVersionWhenAPartCannotBeRead() throws SQLException {
		AtomicBoolean bad = new AtomicBoolean();
		ConfigurationHolder holder = holder(this.database.gateway(2), () -> {
			if (bad.get()) {
				throw new IllegalStateException("unreadable");
			}
		});
		Configuration known = holder.refresh();
		bad.set(true);
		change("UPDATE exchequer.part SET value = 'second'");
		assertThatExceptionOfType(StaleConfigurationException.class).isThrownBy(holder::refresh);
		assertThat(holder.current()).isSameAs(known);
		bad.set(false);
		assertThat(TestParts.registry(holder.refresh())).isEqualTo("second");
	}

	@Test
	void sharesARoundBetweenThoseWhoWaitForIt() throws Exception {
		int callers = 40;
		BreakableDatabase counted = new BreakableDatabase(this.database.gateway(2));
		ConfigurationHolder holder = holder(counted, NOTHING);
		holder.refresh();
		change("UPDATE exchequer.part SET value = 'second'");
		int before = counted.opened.get();
		try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
			counted.gate.lock();
			List<Future<String>> answers = IntStream.range(0, callers)
				.mapToObj((i) -> threads.submit(() -> TestParts.registry(holder.refresh())))
				.toList();
			Awaitility.await().until(() -> holder.waiting() == callers - 1);
			counted.gate.unlock();
			for (Future<String> answer : answers) {
				assertThat(get(answer)).isEqualTo("second");
			}
		}
		assertThat(counted.opened.get() - before).isLessThanOrEqualTo(2);
	}

	private static String get(Future<String> answer) throws ExecutionException, InterruptedException {
		return answer.get();
	}

	private static Status status(ConfigurationHealth health) {
		Health seen = health.health();
		assertThat(seen).isNotNull();
		return seen.getStatus();
	}

	private ConfigurationHolder holder(DataSource gateway, Runnable between) {
		return new ConfigurationHolder(gateway, TestParts.loader(between), STALENESS, this.ticker_ns::get);
	}

	private static ConfigurationWatch watch(ConfigurationHolder holder, DataSource unpooled, Duration poll) {
		return new ConfigurationWatch(holder, unpooled, poll);
	}

	private DataSource unpooled() {
		return new DriverManagerDataSource(this.database.jdbcUrl(), this.database.username(), this.database.password());
	}

	private void changeUnchecked(String sql) {
		try {
			change(sql);
		}
		catch (SQLException ex) {
			throw new IllegalStateException(ex);
		}
	}

	private void change(String sql) throws SQLException {
		try (Connection connection = this.owner.getConnection(); Statement statement = connection.createStatement()) {
			statement.execute(sql);
		}
	}

	/** A database that can be cut off, held up, and counts how often it is asked. */
	private static final class BreakableDatabase extends AbstractDataSource {

		private final DataSource target;

		private final ReentrantLock gate = new ReentrantLock();

		private final AtomicInteger opened = new AtomicInteger();

		private volatile boolean broken;

		BreakableDatabase(DataSource target) {
			this.target = target;
		}

		@Override
		public Connection getConnection() throws SQLException {
			this.opened.incrementAndGet();
			if (this.broken) {
				throw new SQLException("cut");
			}
			this.gate.lock();
			this.gate.unlock();
			return this.target.getConnection();
		}

		@Override
		public Connection getConnection(String username, String password) throws SQLException {
			return getConnection();
		}

	}

}
