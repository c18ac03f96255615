package io.exchequer.registry;

import io.exchequer.registry.crypto.KeyHasher;
import io.exchequer.registry.crypto.MasterKeys;
import io.exchequer.registry.crypto.SecretBox;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.ComponentScan;
import org.springframework.context.annotation.Configuration;

/**
 * The registry's beans. The application supplies a {@code Clock}, the {@link MasterKeys},
 * a {@code DataSource} and JPA over it.
 */
@Configuration(proxyBeanMethods = false)
@ComponentScan
public class RegistryConfiguration {

	@Bean
	SecretBox secretBox(MasterKeys masterKeys) {
		return new SecretBox(masterKeys);
	}

	@Bean
	KeyHasher keyHasher(MasterKeys masterKeys) {
		return new KeyHasher(masterKeys);
	}

}
