package io.exchequer;

import io.exchequer.start.ProcessorShare;

import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.SpringBootApplication;
import org.springframework.boot.context.properties.ConfigurationPropertiesScan;

/**
 * The platform's one process: gateway, admin API and console.
 */
@SpringBootApplication
@ConfigurationPropertiesScan
public class ExchequerApplication {

	public static void main(String[] args) {
		SpringApplication application = new SpringApplication(ExchequerApplication.class);
		application.addListeners(new ProcessorShare());
		application.run(args);
	}

}
