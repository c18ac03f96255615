package io.exchequer.start;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.function.Supplier;

/**
 * The directory that holds an embedded PostgreSQL and the secrets that go with it. One
 * process of the platform uses it at a time; the operating system gives the lock back
 * when that process dies, however it dies.
 */
final class DataDirectory implements AutoCloseable {

	private static final FileAttribute<?> OWNER_ONLY_DIRECTORY = PosixFilePermissions
		.asFileAttribute(PosixFilePermissions.fromString("rwx------"));

	private static final FileAttribute<?> OWNER_ONLY_FILE = PosixFilePermissions
		.asFileAttribute(PosixFilePermissions.fromString("rw-------"));

	private static final int ROOT_UID = 0;

	private final Path path;

	private final FileChannel lockFile;

	private DataDirectory(Path path, FileChannel lockFile) {
		this.path = path;
		this.lockFile = lockFile;
	}

	/**
	 * Opens the directory, creating it where it is missing, and locks it.
	 * @throws StartException if it cannot be written or another process uses it
	 */
	static DataDirectory open(Path path) {
		try {
			Path absolute = path.toAbsolutePath().normalize();
			createOwnerOnly(absolute);
			FileChannel lockFile = FileChannel.open(absolute.resolve("platform.lock"), StandardOpenOption.CREATE,
					StandardOpenOption.WRITE);
			if (!lock(lockFile)) {
				lockFile.close();
				throw new StartException("Another process of the platform uses the data directory " + absolute,
						"Stop that process, or give this one a directory of its own in EXCHEQUER_DATA_DIR. Several "
								+ "replicas share one external PostgreSQL: set SPRING_DATASOURCE_URL for each.");
			}
			return new DataDirectory(absolute, lockFile);
		}
		catch (IOException ex) {
			throw new StartException("The data directory " + path + " cannot be used: " + ex,
					"Set EXCHEQUER_DATA_DIR to a directory that the platform may write.", ex);
		}
	}

	private static boolean lock(FileChannel lockFile) throws IOException {
		try {
			FileLock lock = lockFile.tryLock();
			return lock != null;
		}
		catch (OverlappingFileLockException ex) {
			return false; // held by this very JVM
		}
	}

	private static void createOwnerOnly(Path directory) throws IOException {
		Path parent = directory.getParent();
		if (parent != null) {
			Files.createDirectories(parent);
		}
		try {
			Files.createDirectory(directory, OWNER_ONLY_DIRECTORY);
		}
		catch (FileAlreadyExistsException ex) {
			if (!Files.isDirectory(directory)) {
				throw ex;
			}
		}
	}

	/** Returns the path of something inside. */
	Path resolve(String name) {
		return this.path.resolve(name);
	}

	/** Returns a directory inside, created for its owner only where it is missing. */
	Path directory(String name) throws IOException {
		Path directory = resolve(name);
		createOwnerOnly(directory);
		return directory;
	}

	/** Returns whether this process acts as the system's super-user. */
	boolean ownedByRoot() throws IOException {
		return Integer.valueOf(ROOT_UID).equals(Files.getAttribute(this.path.resolve("platform.lock"), "unix:uid"));
	}

	/**
	 * Returns the text of a file that only its owner may read, made and written durably
	 * where there is none.
	 */
	String secret(String name, Supplier<String> generator) {
		Path file = resolve(name);
		try {
			if (!Files.exists(file)) {
				writeDurably(file, generator.get());
			}
			return Files.readString(file).strip();
		}
		catch (IOException ex) {
			throw new StartException("The file " + file + " cannot be used: " + ex,
					"Let the platform read and write it.", ex);
		}
	}

	/** A crash leaves either no file or the whole of it. */
	private void writeDurably(Path file, String text) throws IOException {
		Path unfinished = resolve(file.getFileName() + ".new");
		Files.deleteIfExists(unfinished);
		Files.createFile(unfinished, OWNER_ONLY_FILE);
		Files.writeString(unfinished, text + "\n", StandardOpenOption.WRITE, StandardOpenOption.SYNC);
		Files.move(unfinished, file, StandardCopyOption.ATOMIC_MOVE);
		try (FileChannel directory = FileChannel.open(this.path, StandardOpenOption.READ)) {
			directory.force(true);
		}
	}

	/** Gives the directory back. */
	@Override
	public void close() throws IOException {
		this.lockFile.close();
	}

	@Override
	public String toString() {
		return this.path.toString();
	}

}
