package io.exchequer.billing.ledger;

import java.time.Clock;

import javax.sql.DataSource;

import io.exchequer.billing.BillingSettings;
import io.exchequer.billing.Reserves;
import io.exchequer.registry.PriceCard;
import org.springframework.beans.factory.annotation.Qualifier;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/**
 * Billing on the hot path's pool.
 */
@Configuration(proxyBeanMethods = false)
@EnableConfigurationProperties(BillingSettings.class)
class LedgerConfiguration {

	@Bean
	JdbcBillingService billingService(@Qualifier("gatewayDataSource") DataSource dataSource, BillingSettings settings,
			Clock clock) {
		return new JdbcBillingService(dataSource, settings, clock, PriceCard::price);
	}

	@Bean
	Reserves reserves(@Qualifier("gatewayDataSource") DataSource dataSource) {
		return new JdbcReserves(dataSource);
	}

	@Bean
	BillingUpkeep billingUpkeep(@Qualifier("gatewayDataSource") DataSource dataSource, BillingSettings settings,
			Clock clock, JdbcBillingService billing) {
		return new BillingUpkeep(new LeaseKeeper(dataSource, settings, billing), new Sweeper(dataSource, settings),
				settings, clock);
	}

}
