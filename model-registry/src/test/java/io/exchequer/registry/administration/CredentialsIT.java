package io.exchequer.registry.administration;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;

import io.exchequer.kernel.ConflictProblem;
import io.exchequer.kernel.NotFoundProblem;
import io.exchequer.kernel.ValidationProblem;
import io.exchequer.registry.Change;
import io.exchequer.registry.Credential;
import io.exchequer.registry.DataClass;
import io.exchequer.registry.Put;
import io.exchequer.registry.RegistryAdministration;
import io.exchequer.registry.RegistryCommand.PutDeployment;
import io.exchequer.registry.RegistryCommand.PutProvider;
import io.exchequer.registry.RegistryView.CredentialView;
import io.exchequer.registry.RegistrySnapshot;
import io.exchequer.registry.crypto.MasterKeys;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

class CredentialsIT {

	private static final String SECRET = "sk-proj-visible-only-upstream";

	private static final String OLD = MasterKeys.generateEntry("old");

	private static final String NEW = MasterKeys.generateEntry("new");

	private RegistryContext context;

	private RegistryAdministration administration;

	@BeforeEach
	void start() {
		this.context = new RegistryContext(OLD);
		this.administration = this.context.administration();
		Samples.fill(this.administration);
	}

	@AfterEach
	void stop() {
		this.context.close();
	}

	@Test
	void givesTheSecretToTheSnapshotAndToNothingElse() throws Exception {
		Change<CredentialView> change = this.administration.setCredential("openai", SECRET);
		assertThat(change.toString()).doesNotContain("visible");
		assertThat(this.administration.provider("openai").toString()).doesNotContain("visible");
		assertThat(this.administration.credentials("openai").toString()).doesNotContain("visible");
		Credential credential = credential(this.context.snapshot()).orElseThrow();
		assertThat(credential).isEqualTo(new Credential(change.now().id(), SECRET));
		assertThat(credential.toString()).doesNotContain("visible");
	}

	@Test
	void keepsNoByteRunOfTheSecretInTheDatabase() {
		this.administration.setCredential("openai", SECRET);
		byte[] stored = this.context.owner()
			.sql("SELECT ciphertext FROM provider_credential")
			.query(byte[].class)
			.single();
		assertThat(new String(stored, StandardCharsets.ISO_8859_1)).doesNotContain(SECRET.substring(0, 6))
			.doesNotContain("visible");
		String row = this.context.owner()
			.sql("SELECT c::text || encode(ciphertext, 'escape') FROM provider_credential c")
			.query(String.class)
			.single();
		assertThat(row).doesNotContain("visible");
	}

	@Test
	void replacesASecretAndKeepsTheIdentifierOfTheOldOne() throws Exception {
		CredentialView first = this.administration.setCredential("openai", SECRET).now();
		long version = this.context.configurationVersion();
		assertThat(this.administration.setCredential("openai", SECRET).changed()).isFalse();
		assertThat(this.context.configurationVersion()).isEqualTo(version);
		this.context.advance(Duration.ofMinutes(1));
		CredentialView second = this.administration.setCredential("openai", "sk-second").now();
		assertThat(this.administration.credentials("openai")).extracting(CredentialView::id)
			.isEqualTo(List.of(second.id(), first.id()));
		assertThat(this.administration.credentials("openai").getLast().retiredAt()).isNotNull();
		assertThat(credential(this.context.snapshot())).contains(new Credential(second.id(), "sk-second"));
	}

	@ParameterizedTest
	@ValueSource(strings = { "https://evil.example/v1", "http://api.openai.com/v1", "https://api.openai.com:8443/v1",
			"https://api.openai.com.evil.example/v1" })
	void sendsNoSecretToAnotherServerThanItWasGivenFor(String elsewhere) throws Exception {
		this.administration.setCredential("openai", SECRET);
		this.administration.put(new PutProvider("openai", "openai", elsewhere, Map.of()), Put.UPDATE);
		assertThat(this.administration.provider("openai").credential()).isNull();
		assertThat(credential(this.context.snapshot())).isEmpty();
		this.administration.put(Samples.provider(), Put.UPDATE);
		assertThat(credential(this.context.snapshot())).isEmpty();
	}

	@ParameterizedTest
	@ValueSource(strings = { "https://api.openai.com", "https://API.openai.com:443/v2/" })
	void keepsTheSecretWhereTheServerStaysTheSame(String url) throws Exception {
		this.administration.setCredential("openai", SECRET);
		this.administration.put(new PutProvider("openai", "openai", url, Map.of("organisation", "other")), Put.UPDATE);
		assertThat(credential(this.context.snapshot()).orElseThrow().secret()).isEqualTo(SECRET);
	}

	@Test
	void callsWithoutACredentialOnceItIsWithdrawn() throws Exception {
		this.administration.setCredential("openai", SECRET);
		this.administration.withdrawCredential("openai");
		assertThat(credential(this.context.snapshot())).isEmpty();
		assertThat(this.context.snapshot().deployments().getFirst().enabled()).isTrue();
		assertThatExceptionOfType(NotFoundProblem.class)
			.isThrownBy(() -> this.administration.withdrawCredential("openai"));
	}

	@ParameterizedTest
	@ValueSource(strings = { "", " ", " sk-1", "sk-1 ", "sk\n1", "sk\u00e9" })
	void refusesASecretThatNoHeaderCarriesAndDoesNotRepeatIt(String secret) {
		assertThatExceptionOfType(ValidationProblem.class)
			.isThrownBy(() -> this.administration.setCredential("openai", secret))
			.withMessage("secret: must have 1 to 8192 visible ASCII characters, without spaces at its ends");
	}

	@Test
	void movesEverySecretToTheCurrentMasterKey() throws Exception {
		this.administration.setCredential("openai", "sk-first");
		this.administration.setCredential("openai", SECRET);
		try (RegistryContext rotating = this.context.restarted(NEW + "," + OLD)) {
			assertThat(credential(rotating.snapshot()).orElseThrow().secret()).isEqualTo(SECRET);
			assertThat(rotating.administration().reencryptCredentials()).isEqualTo(2);
			assertThat(rotating.administration().reencryptCredentials()).isZero();
			assertThat(rotating.administration().credentials("openai")).extracting(CredentialView::masterKeyId)
				.containsOnly("new");
		}
		try (RegistryContext rotated = this.context.restarted(NEW)) {
			assertThat(credential(rotated.snapshot()).orElseThrow().secret()).isEqualTo(SECRET);
		}
	}

	@Test
	void callsNoProviderWhoseSecretDoesNotOpenAndEveryOther() throws Exception {
		this.administration.setCredential("openai", SECRET);
		this.administration.put(new PutProvider("local", "demo", "", Map.of()), Put.CREATE);
		this.administration.put(
				new PutDeployment("local/maxi", "maxi", "local", "maxi", DataClass.RESTRICTED, null, true), Put.CREATE);
		try (RegistryContext other = this.context.restarted(NEW)) {
			RegistrySnapshot snapshot = other.snapshot();
			assertThat(snapshot.resolve("openai/mini").orElseThrow().deployments().getFirst().enabled()).isFalse();
			assertThat(snapshot.resolve("local/maxi").orElseThrow().deployments().getFirst().enabled()).isTrue();
			assertThatExceptionOfType(ConflictProblem.class)
				.isThrownBy(() -> other.administration().reencryptCredentials())
				.withMessageContaining("master key \"old\", which is not configured")
				.withMessageNotContaining(SECRET);
			other.administration().setCredential("openai", "sk-new");
			assertThat(other.snapshot().resolve("openai/mini").orElseThrow().deployments().getFirst().enabled())
				.isTrue();
		}
	}

	@Test
	void refusesACiphertextCopiedFromAnotherRow() throws Exception {
		this.administration.setCredential("openai", SECRET);
		this.administration.put(new PutProvider("second", "openai", "https://second.example/v1", Map.of()), Put.CREATE);
		this.administration.setCredential("second", "sk-second");
		this.context.owner()
			.sql("UPDATE provider_credential SET ciphertext = (SELECT c.ciphertext FROM provider_credential c "
					+ "JOIN provider p ON p.id = c.provider_id WHERE p.name = 'second')")
			.update();
		assertThat(credential(this.context.snapshot())).isEmpty();
		assertThat(this.context.snapshot().deployments().getFirst().enabled()).isFalse();
	}

	private static Optional<Credential> credential(RegistrySnapshot snapshot) {
		return Optional.ofNullable(snapshot.deployments().getFirst().credential());
	}

}
