package io.exchequer.catalog;

import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/** The catalogue, read once. */
@Configuration(proxyBeanMethods = false)
public class CatalogConfiguration {

	@Bean
	Catalog catalog() {
		return Catalog.builtIn();
	}

}
