package io.exchequer.benchmarks;

import java.nio.file.Path;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;

import org.jspecify.annotations.Nullable;

/**
 * What the run was asked to do.
 *
 * @param seconds how long each cell is measured
 * @param warmUpSeconds how long the platform is loaded before the first cell, for each
 * kind of load
 * @param connections the closed loops' connections
 * @param loads the kinds of load
 * @param ways the ways to measure
 * @param hotTenant whether to measure one hot tenant's admissions
 * @param profile whether to sample the platform's CPU time for billing's share
 * @param platformJar the platform's packaged jar
 * @param hotTenantClasses where the hot tenant's driver was compiled to, or null
 * @param results where results go
 * @param work where processes write to; removed by the script
 * @param java the JDK's command
 * @param jvmOptions the platform's JVM options
 */
record Options(int seconds, int warmUpSeconds, List<Integer> connections, Set<Cell.Load> loads, Set<Cell.Way> ways,
		boolean hotTenant, boolean profile, Path platformJar, @Nullable Path hotTenantClasses, Path results, Path work,
		String java, List<String> jvmOptions) {

	/**
	 * Reads {@code --name value} pairs.
	 * @throws IllegalArgumentException if there is no such option or value
	 */
	static Options parse(String... words) {
		int seconds = 12;
		int warmUpSeconds = 45;
		List<Integer> connections = List.of(1, 16, 64);
		List<String> only = List.of("plain", "stream", "paced", "hot", "profile");
		List<String> ways = List.of("straight", "nginx", "platform", "translated");
		Path platformJar = Path.of("platform.jar");
		Path hotTenantClasses = null;
		Path results = Path.of("results");
		Path work = Path.of("work");
		String java = "java";
		List<String> jvmOptions = List.of();
		for (int i = 0; i < words.length; i += 2) {
			String value = (i + 1 < words.length) ? words[i + 1] : "";
			switch (words[i]) {
				case "--seconds" -> seconds = Integer.parseInt(value);
				case "--warm-up" -> warmUpSeconds = Integer.parseInt(value);
				case "--connections" -> connections = list(value).stream().map(Integer::valueOf).toList();
				case "--only" -> only = list(value);
				case "--ways" -> ways = list(value);
				case "--platform-jar" -> platformJar = Path.of(value);
				case "--hot-tenant-classes" -> hotTenantClasses = Path.of(value);
				case "--results" -> results = Path.of(value);
				case "--work" -> work = Path.of(value);
				case "--java" -> java = value;
				case "--jvm-options" -> jvmOptions = value.isBlank() ? List.of() : List.of(value.strip().split("\\s+"));
				default -> throw new IllegalArgumentException("There is no option " + words[i]);
			}
		}
		return new Options(seconds, warmUpSeconds, connections, named(Cell.Load.class, only),
				named(Cell.Way.class, ways), only.contains("hot"), only.contains("profile"), platformJar,
				hotTenantClasses, results, work, java, jvmOptions);
	}

	private static List<String> list(String value) {
		return Arrays.asList(value.toLowerCase(Locale.ROOT).split(","));
	}

	private static <E extends Enum<E>> Set<E> named(Class<E> type, List<String> names) {
		Set<E> chosen = EnumSet.allOf(type);
		chosen.removeIf((value) -> !names.contains(value.name().toLowerCase(Locale.ROOT)));
		return chosen;
	}

}
