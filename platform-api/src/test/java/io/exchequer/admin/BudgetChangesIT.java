package io.exchequer.admin;

import java.sql.Connection;
import java.sql.Statement;
import java.util.concurrent.CompletableFuture;

import io.exchequer.admin.Platform.Answer;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

import org.springframework.jdbc.core.simple.JdbcClient;

import static org.assertj.core.api.Assertions.assertThat;

/** Two administrators change one budget at once. */
class BudgetChangesIT {

	private static Platform platform;

	@BeforeAll
	static void start() {
		platform = new Platform();
		Answer applied = platform.yaml("/admin/v1/apply", """
				tenants:
				  - name: acme
				    budgets: [{name: everything, window: month, currency: USD, hardLimit: "10"}]
				""");
		assertThat(applied.status()).as(applied.text()).isEqualTo(200);
	}

	@AfterAll
	static void stop() {
		platform.close();
	}

	@Test
	void writesAndRecordsAChangeBackToWhatAnotherHasJustChanged() throws Exception {
		String id = platform.get("/admin/v1/budgets?tenant=acme").at("/items/0/id");
		CompletableFuture<Answer> back;
		try (Connection other = platform.database().owner().getConnection();
				Statement statement = other.createStatement()) {
			other.setAutoCommit(false);
			statement.execute("SELECT set_config('exchequer.tenant', '*', true)");
			statement.execute("UPDATE budget SET hard_limit_nanos = 100000000000");
			back = CompletableFuture.supplyAsync(() -> platform.admin("PUT", "/admin/v1/budgets/" + id, """
					{"name": "everything", "window": "month", "currency": "USD", "hardLimit": "10"}"""));
			JdbcClient locks = JdbcClient.create(platform.database().owner());
			Awaitility.await()
				.until(() -> locks.sql("SELECT count(*) FROM pg_locks WHERE NOT granted")
					.query(Long.class)
					.single() == 1);
			other.commit();
		}
		assertThat(back.join().status()).as(back.join().text()).isEqualTo(200);
		assertThat(platform.get("/admin/v1/budgets/" + id).at("/budget/hardLimit")).isEqualTo("10");
		Answer audit = platform.get("/admin/v1/audit?tenant=acme");
		assertThat(audit.at("/items/0/action")).as(audit.text()).isEqualTo("update");
		assertThat(audit.at("/items/0/before/hardLimit")).isEqualTo("100");
		assertThat(audit.at("/items/0/after/hardLimit")).isEqualTo("10");
	}

}
