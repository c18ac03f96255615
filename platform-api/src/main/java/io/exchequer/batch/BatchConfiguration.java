package io.exchequer.batch;

import java.time.Clock;

import javax.sql.DataSource;

import io.exchequer.billing.RequestCosts;
import io.exchequer.billing.Reserves;
import io.exchequer.configuration.ConfigurationSource;
import io.exchequer.registry.crypto.MasterKeys;
import io.exchequer.registry.crypto.SecretBox;
import io.exchequer.routing.AnswerMemory;
import io.exchequer.routing.CostBounds;
import io.exchequer.routing.RoutingService;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.binder.MeterBinder;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.beans.factory.annotation.Qualifier;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.jdbc.support.JdbcTransactionManager;
import org.springframework.transaction.support.TransactionTemplate;

/**
 * Files and batches on the hot path's pool. Their transactions are their own: no
 * administration takes part in them.
 */
@Configuration(proxyBeanMethods = false)
@EnableConfigurationProperties(BatchSettings.class)
class BatchConfiguration {

	@Bean
	FileStore fileStore(@Qualifier("gatewayDataSource") DataSource dataSource, SecretBox secrets,
			BatchSettings settings, Clock clock) {
		return new FileStore(JdbcClient.create(dataSource), transactions(dataSource), secrets, settings, clock);
	}

	@Bean
	StoredFileKeys storedFileKeys(DataSource dataSource, MasterKeys masterKeys, SecretBox secrets) {
		return new StoredFileKeys(JdbcClient.create(dataSource), masterKeys, secrets);
	}

	@Bean
	BatchStore batchStore(@Qualifier("gatewayDataSource") DataSource dataSource, BatchSettings settings,
			ObjectProvider<BatchQueue> queue, Clock clock) {
		return new BatchStore(JdbcClient.create(dataSource), transactions(dataSource), settings, BatchEndpoints.urls(),
				() -> queue.ifAvailable(BatchQueue::wake), clock);
	}

	@Bean
	BatchQueue batchQueue(@Qualifier("gatewayDataSource") DataSource dataSource, BatchStore store, FileStore files,
			Reserves reserves, CostBounds bounds, RoutingService routing, RequestCosts costs,
			ObjectProvider<AnswerMemory> memory, ConfigurationSource configurations, BatchSettings settings,
			Clock clock) {
		return new BatchQueue(store, new Validation(store, files, reserves, bounds, configurations, settings, clock),
				new LineRun(store, files, routing, costs, memory.getIfAvailable(() -> AnswerMemory.UNBOUNDED),
						configurations, settings, clock),
				new Finish(store, files, reserves, transactions(dataSource), clock),
				new BatchSweep(JdbcClient.create(dataSource), settings, clock), settings, clock);
	}

	@Bean
	MeterBinder batchMetrics(BatchQueue queue) {
		return (registry) -> Gauge.builder("exchequer.batch.running", queue, BatchQueue::runningLines)
			.description("Requests of batches that this process runs")
			.register(registry);
	}

	/** On the gateway's pool, which the application's transaction manager is not. */
	private static TransactionTemplate transactions(DataSource dataSource) {
		return new TransactionTemplate(new JdbcTransactionManager(dataSource));
	}

}
