package io.exchequer.start;

import java.time.Clock;

import io.exchequer.registry.crypto.MasterKeys;
import org.jspecify.annotations.Nullable;

import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/**
 * What every module shares: the master keys and the clock.
 */
@Configuration(proxyBeanMethods = false)
class MasterKeysConfiguration {

	private static final String GENERATE = "Generate a key once with: echo \"k1:$(openssl rand -base64 32)\", keep it "
			+ "safe, and give it to every replica in EXCHEQUER_MASTER_KEYS. What it encrypts is lost without it.";

	@Bean
	MasterKeys masterKeys(StartSettings settings, PlatformDatabase database) {
		return masterKeys(settings, database.directory());
	}

	/** The one clock; whoever needs the time takes it. */
	@Bean
	Clock clock() {
		return Clock.systemUTC();
	}

	/**
	 * Returns the operator's keys, else those in the data directory, generated where it
	 * has none.
	 */
	static MasterKeys masterKeys(StartSettings settings, @Nullable DataDirectory directory) {
		try {
			return MasterKeys.parse(list(settings, directory));
		}
		catch (IllegalArgumentException ex) {
			throw new StartException("EXCHEQUER_MASTER_KEYS cannot be used: " + ex.getMessage(), GENERATE, ex);
		}
	}

	private static String list(StartSettings settings, @Nullable DataDirectory directory) {
		if (settings.masterKeys() != null) {
			return settings.masterKeys();
		}
		if (directory == null) {
			throw missing();
		}
		return directory.secret("master-keys", () -> MasterKeys.generateEntry("k1"));
	}

	/**
	 * An external database outlives this machine, so its keys must not be lost with it.
	 */
	static StartException missing() {
		return new StartException("EXCHEQUER_MASTER_KEYS is not set, and the database is an external one", GENERATE);
	}

}
