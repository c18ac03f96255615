package io.exchequer;

import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.SpringBootApplication;

/**
 * The platform's one process: gateway, admin API and console.
 */
@SpringBootApplication
public class ExchequerApplication {

	public static void main(String[] args) {
		SpringApplication.run(ExchequerApplication.class, args);
	}

}
