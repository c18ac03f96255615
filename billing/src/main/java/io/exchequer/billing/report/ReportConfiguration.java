package io.exchequer.billing.report;

import java.time.Clock;

import javax.sql.DataSource;

import io.exchequer.billing.AdmissionPreview;
import io.exchequer.billing.BillingSettings;
import io.exchequer.billing.Corrections;
import io.exchequer.billing.IdempotencyService;
import io.exchequer.billing.OverBoundAttempts;
import io.exchequer.billing.RequestCosts;
import org.springframework.beans.factory.annotation.Qualifier;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/**
 * What reads and writes beside the batches, on the hot path's pool.
 */
@Configuration(proxyBeanMethods = false)
class ReportConfiguration {

	@Bean
	RequestCosts requestCosts(@Qualifier("gatewayDataSource") DataSource dataSource) {
		return new JdbcRequestCosts(dataSource);
	}

	@Bean
	AdmissionPreview admissionPreview(@Qualifier("gatewayDataSource") DataSource dataSource) {
		return new JdbcAdmissionPreview(dataSource);
	}

	@Bean
	IdempotencyService idempotencyService(@Qualifier("gatewayDataSource") DataSource dataSource, RequestCosts costs,
			BillingSettings settings) {
		return new JdbcIdempotencyService(dataSource, costs, settings);
	}

	@Bean
	OverBoundAttempts overBoundAttempts(@Qualifier("gatewayDataSource") DataSource dataSource) {
		return new JdbcOverBoundAttempts(dataSource);
	}

	@Bean
	Corrections corrections(@Qualifier("gatewayDataSource") DataSource dataSource, Clock clock) {
		return new JdbcCorrections(dataSource, clock);
	}

}
