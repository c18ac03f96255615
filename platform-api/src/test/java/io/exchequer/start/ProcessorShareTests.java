package io.exchequer.start;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.ResourceLock;
import org.junit.jupiter.api.parallel.Resources;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.jspecify.annotations.Nullable;

import org.springframework.boot.SpringApplication;
import org.springframework.boot.bootstrap.DefaultBootstrapContext;
import org.springframework.boot.context.event.ApplicationEnvironmentPreparedEvent;
import org.springframework.mock.env.MockEnvironment;

import static org.assertj.core.api.Assertions.assertThat;

@ResourceLock(Resources.SYSTEM_PROPERTIES)
class ProcessorShareTests {

	private @Nullable String before;

	@BeforeEach
	void forget() {
		this.before = System.getProperty(ProcessorShare.PARALLELISM);
		System.clearProperty(ProcessorShare.PARALLELISM);
	}

	@AfterEach
	void restore() {
		if (this.before == null) {
			System.clearProperty(ProcessorShare.PARALLELISM);
		}
		else {
			System.setProperty(ProcessorShare.PARALLELISM, this.before);
		}
	}

	@ParameterizedTest
	@CsvSource({ "1, 1", "2, 1", "3, 1", "4, 2", "64, 32" })
	void isHalfOfTheProcessorsAndAtLeastOne(int processors, int share) {
		assertThat(ProcessorShare.share(processors)).isEqualTo(share);
	}

	@Test
	void leavesProcessorsToAnEmbeddedDatabase() {
		prepare("");
		assertThat(System.getProperty(ProcessorShare.PARALLELISM))
			.isEqualTo(Integer.toString(ProcessorShare.share(Runtime.getRuntime().availableProcessors())));
	}

	@Test
	void takesAllProcessorsWhereTheDatabaseIsElsewhere() {
		prepare("jdbc:postgresql://db/exchequer");
		assertThat(System.getProperty(ProcessorShare.PARALLELISM)).isNull();
	}

	@Test
	void leavesTheOperatorsChoiceAlone() {
		System.setProperty(ProcessorShare.PARALLELISM, "7");
		prepare("");
		assertThat(System.getProperty(ProcessorShare.PARALLELISM)).isEqualTo("7");
	}

	private static void prepare(String url) {
		MockEnvironment environment = new MockEnvironment().withProperty("spring.datasource.url", url);
		new ProcessorShare().onApplicationEvent(new ApplicationEnvironmentPreparedEvent(new DefaultBootstrapContext(),
				new SpringApplication(), new String[0], environment));
	}

}
