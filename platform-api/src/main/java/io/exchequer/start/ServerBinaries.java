package io.exchequer.start;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Comparator;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Stream;

import io.zonky.test.db.postgres.embedded.DefaultPostgresBinaryResolver;
import io.zonky.test.db.postgres.util.ArchUtils;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveInputStream;
import org.tukaani.xz.XZInputStream;

/**
 * Unpacks PostgreSQL's programs from the archive on the class path, once per version.
 */
final class ServerBinaries {

	private static final int OWNER_EXECUTES = 0100;

	private static final Set<PosixFilePermission> PROGRAM = PosixFilePermissions.fromString("rwxr-xr-x");

	private static final int DIGITS_IN_NAME = 16;

	private ServerBinaries() {
	}

	/**
	 * Returns the directory that holds {@code bin}, {@code lib} and {@code share}.
	 * @param parent where versions are kept; what other versions left there is removed
	 */
	static Path unpack(Path parent) throws IOException {
		byte[] archive;
		try (InputStream in = DefaultPostgresBinaryResolver.INSTANCE.getPgBinary(system(),
				ArchUtils.normalize(System.getProperty("os.arch", "")))) {
			archive = in.readAllBytes();
		}
		catch (IllegalStateException | UnsupportedOperationException ex) {
			throw new StartException("There is no embedded PostgreSQL for this system: " + ex.getMessage(),
					"Use a PostgreSQL of your own: set SPRING_DATASOURCE_URL.", ex);
		}
		Path home = parent.resolve("server-" + digest(archive).substring(0, DIGITS_IN_NAME));
		if (!Files.isDirectory(home)) {
			for (Path old : versions(parent)) {
				deleteRecursively(old);
			}
			Path unfinished = parent.resolve("server-unfinished");
			extract(archive, unfinished);
			Files.move(unfinished, home, StandardCopyOption.ATOMIC_MOVE);
		}
		return home;
	}

	private static String system() {
		String name = System.getProperty("os.name", "").toLowerCase(Locale.ROOT);
		if (name.startsWith("mac")) {
			return "Darwin";
		}
		return name.startsWith("windows") ? "Windows" : "Linux";
	}

	private static List<Path> versions(Path parent) throws IOException {
		try (Stream<Path> entries = Files.list(parent)) {
			return entries.filter((entry) -> entry.getFileName().toString().startsWith("server-")).toList();
		}
	}

	private static void extract(byte[] archive, Path target) throws IOException {
		try (TarArchiveInputStream tar = new TarArchiveInputStream(
				new XZInputStream(new ByteArrayInputStream(archive)))) {
			for (TarArchiveEntry entry = tar.getNextEntry(); entry != null; entry = tar.getNextEntry()) {
				Path path = target.resolve(entry.getName()).normalize();
				if (!path.startsWith(target)) {
					throw new IOException("The archive holds a path outside of itself: " + entry.getName());
				}
				extract(tar, entry, path);
			}
		}
	}

	private static void extract(TarArchiveInputStream tar, TarArchiveEntry entry, Path path) throws IOException {
		if (entry.isDirectory()) {
			Files.createDirectories(path);
			return;
		}
		Files.createDirectories(path.getParent());
		if (entry.isSymbolicLink()) {
			Files.createSymbolicLink(path, Path.of(entry.getLinkName()));
			return;
		}
		Files.copy(tar, path);
		if ((entry.getMode() & OWNER_EXECUTES) != 0) {
			Files.setPosixFilePermissions(path, PROGRAM);
		}
	}

	private static String digest(byte[] archive) {
		try {
			return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(archive));
		}
		catch (NoSuchAlgorithmException ex) {
			throw new IllegalStateException("Every Java has SHA-256", ex);
		}
	}

	static void deleteRecursively(Path directory) throws IOException {
		if (!Files.exists(directory)) {
			return;
		}
		try (Stream<Path> entries = Files.walk(directory)) {
			for (Path entry : entries.sorted(Comparator.reverseOrder()).toList()) {
				Files.delete(entry);
			}
		}
	}

}
