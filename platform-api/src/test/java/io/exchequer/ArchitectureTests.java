package io.exchequer;

import java.time.Clock;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.OffsetDateTime;
import java.time.ZonedDateTime;
import java.util.Date;
import java.util.Set;
import java.util.TreeSet;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaPackage;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.lang.ArchRule;
import org.jspecify.annotations.NullMarked;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

import org.springframework.modulith.core.ApplicationModules;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.fields;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.methods;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static org.assertj.core.api.Assertions.assertThat;

class ArchitectureTests {

	/** Money and prices: nothing in there is ever a floating-point number. */
	private static final String[] MONEY = { "io.exchequer.kernel..", "io.exchequer.registry..",
			"io.exchequer.billing.." };

	/** The jar of test classes that a whole build puts on the class path. */
	private static final String TEST_JAR = "-tests.jar";

	private static JavaClasses classes;

	private static final DescribedPredicate<JavaClass> IS_A_TEST = DescribedPredicate.describe("is a test",
			(type) -> type.getSource().filter((source) -> source.getUri().toString().contains(TEST_JAR)).isPresent());

	@BeforeAll
	static void readClasses() {
		classes = new ClassFileImporter().withImportOption(new ImportOption.DoNotIncludeTests())
			.withImportOption((location) -> !location.contains(TEST_JAR))
			.importPackages("io.exchequer");
	}

	@Test
	void modulesUseOnlyWhatOthersOffer() {
		ApplicationModules.of(ExchequerApplication.class, IS_A_TEST).verify();
	}

	@Test
	void nobodyAsksForTheTimeButTheClock() {
		ArchRule rule = noClasses().should()
			.callMethod(Instant.class, "now")
			.orShould()
			.callMethod(LocalDate.class, "now")
			.orShould()
			.callMethod(LocalDateTime.class, "now")
			.orShould()
			.callMethod(OffsetDateTime.class, "now")
			.orShould()
			.callMethod(ZonedDateTime.class, "now")
			.orShould()
			.callConstructor(Date.class)
			.orShould()
			.callMethod(System.class, "currentTimeMillis")
			.because("a test must be able to set the time: take a Clock");
		rule.check(classes);
	}

	@Test
	void onlyTheStartMakesAClock() {
		noClasses().that()
			.resideOutsideOfPackage("io.exchequer.start..")
			.should()
			.callMethod(Clock.class, "systemUTC")
			.orShould()
			.callMethod(Clock.class, "systemDefaultZone")
			.check(classes);
	}

	@Test
	void moneyIsNeverAFloatingPointNumber() {
		fields().that()
			.areDeclaredInClassesThat()
			.resideInAnyPackage(MONEY)
			.should()
			.notHaveRawType(double.class)
			.andShould()
			.notHaveRawType(float.class)
			.andShould()
			.notHaveRawType(Double.class)
			.check(classes);
		methods().that()
			.areDeclaredInClassesThat()
			.resideInAnyPackage(MONEY)
			.should()
			.notHaveRawReturnType(double.class)
			.andShould()
			.notHaveRawReturnType(float.class)
			.andShould()
			.notHaveRawReturnType(Double.class)
			.check(classes);
	}

	@Test
	void theKernelNeedsNothing() {
		noClasses().that()
			.resideInAPackage("io.exchequer.kernel..")
			.should()
			.dependOnClassesThat()
			.resideOutsideOfPackages("io.exchequer.kernel..", "java..", "org.jspecify..",
					"org.springframework.modulith..")
			.check(classes);
	}

	@Test
	void everyPackageSaysWhatMayBeNull() {
		Set<String> unmarked = new TreeSet<>();
		for (JavaClass type : classes) {
			JavaPackage in = type.getPackage();
			if (!in.isAnnotatedWith(NullMarked.class)) {
				unmarked.add(in.getName());
			}
		}
		assertThat(unmarked).isEmpty();
	}

}
