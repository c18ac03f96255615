package io.exchequer.registry.crypto;

import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * The platform's master keys, of which the first is current: it protects what is written
 * from now on, while the others still open what they protected. Immutable.
 */
public final class MasterKeys {

	private static final Pattern ID = Pattern.compile("[A-Za-z0-9._-]{1,64}");

	private final Map<String, MasterKey> byId;

	private final MasterKey current;

	private MasterKeys(Map<String, MasterKey> byId) {
		this.byId = byId;
		this.current = byId.values().iterator().next();
	}

	/**
	 * Reads the form of {@code EXCHEQUER_MASTER_KEYS}: {@code id:base64} entries, divided
	 * by commas, the current one first; each key has 32 bytes.
	 * @throws IllegalArgumentException naming every bad entry by its place, and never any
	 * part of a key
	 */
	public static MasterKeys parse(String list) {
		Map<String, MasterKey> keys = new LinkedHashMap<>();
		List<String> problems = new ArrayList<>();
		String[] entries = list.split(",", -1);
		for (int i = 0; i < entries.length; i++) {
			parseEntry(i + 1, entries[i].strip(), keys, problems);
		}
		if (!problems.isEmpty()) {
			throw new IllegalArgumentException("the master keys are not a list of id:base64 entries with keys of "
					+ MasterKey.LENGTH + " bytes: " + String.join("; ", problems));
		}
		return new MasterKeys(keys);
	}

	private static void parseEntry(int place, String entry, Map<String, MasterKey> keys, List<String> problems) {
		int colon = entry.indexOf(':');
		if (entry.isEmpty() || colon < 0) {
			problems.add("entry " + place + (entry.isEmpty() ? " is empty" : " has no colon after an id"));
			return;
		}
		String id = entry.substring(0, colon);
		if (!ID.matcher(id).matches()) {
			// The text before the colon is not shown: it may be a key in the wrong place.
			problems.add("entry " + place + " has no valid id: 1 to 64 letters, digits, '.', '_' or '-'");
			return;
		}
		String named = "entry " + place + " (" + id + ")";
		byte[] key;
		try {
			key = Base64.getDecoder().decode(entry.substring(colon + 1).strip());
		}
		catch (IllegalArgumentException ex) {
			problems.add(named + " is not base64");
			return;
		}
		if (key.length != MasterKey.LENGTH) {
			problems.add(named + " has " + key.length + " bytes");
		}
		else if (keys.putIfAbsent(id, new MasterKey(id, key)) != null) {
			problems.add(named + " repeats an id");
		}
		Arrays.fill(key, (byte) 0);
	}

	/**
	 * Makes an entry with a new random key, in the form {@link #parse} reads.
	 * @param id the key's identifier
	 */
	public static String generateEntry(String id) {
		byte[] key = new byte[MasterKey.LENGTH];
		new SecureRandom().nextBytes(key);
		return id + ":" + Base64.getEncoder().encodeToString(key);
	}

	/** Returns the key that protects what is written from now on. */
	public MasterKey current() {
		return this.current;
	}

	/**
	 * Returns a key by its identifier, or empty where it is no longer, or not yet, known.
	 */
	public Optional<MasterKey> byId(String id) {
		return Optional.ofNullable(this.byId.get(id));
	}

	/** Returns every key, the current one first. */
	public List<MasterKey> all() {
		return List.copyOf(this.byId.values());
	}

	@Override
	public String toString() {
		return "MasterKeys" + this.byId.keySet();
	}

}
