package io.exchequer.tenancy;

import javax.sql.DataSource;

import jakarta.persistence.EntityManagerFactory;

import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.transaction.PlatformTransactionManager;

/** The transactions of administration. */
@Configuration(proxyBeanMethods = false)
class TenancyConfiguration {

	@Bean
	PlatformTransactionManager transactionManager(EntityManagerFactory entityManagerFactory, DataSource dataSource,
			TenantVisibility visibility) {
		return new TenantTransactionManager(entityManagerFactory, dataSource, visibility);
	}

}
