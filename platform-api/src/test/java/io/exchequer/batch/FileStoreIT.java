package io.exchequer.batch;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;

import javax.sql.DataSource;

import io.exchequer.batch.FileStore.Deletion;
import io.exchequer.kernel.KeyId;
import io.exchequer.kernel.ProjectId;
import io.exchequer.kernel.TenantId;
import io.exchequer.registry.crypto.MasterKeys;
import io.exchequer.registry.crypto.SecretBox;
import io.exchequer.testing.TestDatabase;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.jdbc.support.JdbcTransactionManager;
import org.springframework.transaction.support.TransactionTemplate;
import org.springframework.util.unit.DataSize;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

/**
 * Files and the queue's statements on a real PostgreSQL, in the gateway's role.
 */
class FileStoreIT {

	private static final Instant NOW = Instant.parse("2026-11-24T10:00:00Z");

	private static final Owner OWNER = owner();

	private final TestDatabase database = TestDatabase.create();

	private final DataSource dataSource = this.database.gateway(8);

	private final JdbcClient jdbc = JdbcClient.create(this.dataSource);

	private final TransactionTemplate transactions = new TransactionTemplate(
			new JdbcTransactionManager(this.dataSource));

	private final BatchSettings settings = new BatchSettings(DataSize.ofMegabytes(1), DataSize.ofMegabytes(2), 4,
			Duration.ofSeconds(20), 1, Duration.ofHours(2), 10, DataSize.ofKilobytes(1), 10, 2, Duration.ofHours(24), 2,
			3, Duration.ofSeconds(30), Duration.ofSeconds(1));

	private Instant now = NOW;

	private final Clock clock = new Clock() {

		@Override
		public Instant instant() {
			return FileStoreIT.this.now;
		}

		@Override
		public ZoneId getZone() {
			return ZoneOffset.UTC;
		}

		@Override
		public Clock withZone(ZoneId zone) {
			return this;
		}

	};

	private final FileStore files = new FileStore(this.jdbc, this.transactions,
			new SecretBox(MasterKeys.parse(MasterKeys.generateEntry("k"))), this.settings, this.clock);

	private final BatchStore batches = new BatchStore(this.jdbc, this.transactions, this.settings,
			BatchEndpoints.urls(), () -> {
			}, this.clock);

	private final BatchSweep sweep = new BatchSweep(this.jdbc, this.settings, this.clock);

	@AfterEach
	void drop() {
		this.database.close();
	}

	@Test
	void readsBackWholeAndInPartsAcrossChunks() throws IOException {
		byte[] content = content(FileStore.CHUNK * 2 + 5);
		StoredFile file = store(content);
		try (InputStream whole = this.files.open(file)) {
			assertThat(whole.readAllBytes()).isEqualTo(content);
		}
		try (FileContent parts = this.files.content(OWNER.tenant(), file.id())) {
			assertThat(parts.range(FileStore.CHUNK - 3, 7))
				.isEqualTo(Arrays.copyOfRange(content, FileStore.CHUNK - 3, FileStore.CHUNK + 4));
			assertThat(parts.range(content.length - 1, 1)).containsExactly(content[content.length - 1]);
			assertThatExceptionOfType(IOException.class).isThrownBy(() -> parts.range(content.length - 1, 2));
		}
		assertThat(this.files.delete(OWNER, file.id())).isEqualTo(Deletion.DELETED);
		assertThat(this.files.delete(OWNER, file.id())).isEqualTo(Deletion.NOT_FOUND);
		assertThat(count("file_chunk")).isZero();
	}

	@Test
	void keepsAnEmptyFileAndOneOfExactlyAChunk() throws IOException {
		for (int length : new int[] { 0, FileStore.CHUNK }) {
			byte[] content = content(length);
			try (InputStream whole = this.files.open(store(content))) {
				assertThat(whole.readAllBytes()).isEqualTo(content);
			}
		}
		assertThat(count("file_chunk")).isEqualTo(1);
	}

	@Test
	void showsAndLeavesNothingOfAFileThatIsNotFinished() {
		try (StoredFileWriter writer = this.files.begin(OWNER)) {
			writer.write(content(FileStore.CHUNK + 1), 0, FileStore.CHUNK + 1);
			assertThat(this.files.list(OWNER, null, null, false, 10)).isEmpty();
			assertThat(count("file_chunk")).isEqualTo(1);
		}
		assertThat(count("stored_file") + count("file_chunk")).isZero();
	}

	@Test
	void neverPassesATenantsQuotaHoweverManyAreFinishedAtOnce() throws Exception {
		int length = 900_000;
		try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
			List<Callable<Boolean>> uploads = IntStream.range(0, 6).<Callable<Boolean>>mapToObj((i) -> () -> {
				try (StoredFileWriter writer = this.files.begin(OWNER)) {
					writer.write(content(length), 0, length);
					return writer.finish("batch", "f", null).isPresent();
				}
			}).toList();
			int kept = 0;
			for (Future<Boolean> upload : threads.invokeAll(uploads)) {
				kept += upload.get() ? 1 : 0;
			}
			assertThat(kept).isEqualTo(2);
		}
		assertThat(count("stored_file")).isEqualTo(2);
		assertThat(this.files.hasRoom(OWNER.tenant(), 0)).isTrue();
		assertThat(this.files.hasRoom(OWNER.tenant(), 2 * 1024 * 1024 - 2 * length)).isTrue();
		assertThat(this.files.hasRoom(OWNER.tenant(), 2 * 1024 * 1024 - 2 * length + 1)).isFalse();
		store(new byte[0]);
		store(new byte[0]);
		assertThat(this.files.hasRoom(OWNER.tenant(), 0)).as("as many as there may be").isFalse();
		assertThat(this.files.hasRoom(owner().tenant(), 0)).isTrue();
	}

	@Test
	void sweepsWhatIsOutOfDateButNoInputOfAnUnfinishedBatch() {
		StoredFile used = store(content(10));
		StoredFile unused = store(content(10));
		this.files.begin(OWNER);
		Batch batch = create(used);
		assertThat(this.files.delete(OWNER, used.id())).isEqualTo(Deletion.IN_USE);
		this.now = NOW.plus(Duration.ofHours(2)).plusSeconds(1);
		assertThat(this.files.find(OWNER, unused.id())).isEmpty();
		assertThat(this.sweep.sweep()).isFalse();
		assertThat(this.jdbc.sql("SELECT id FROM stored_file").query(UUID.class).list()).containsExactly(used.id());
		this.batches.refuse(this.batches.takeToValidate().orElseThrow(), List.of(), 0);
		this.sweep.sweep();
		assertThat(count("stored_file") + count("file_chunk") + count("batch")).isZero();
		assertThat(this.batches.find(OWNER, batch.id())).isEmpty();
	}

	@Test
	void givesABatchToOneWorkerAtATimeAndToAnotherWhenItsLeaseIsOver() {
		Batch batch = create(store(content(10)));
		BatchStore.Work first = this.batches.takeToValidate().orElseThrow();
		assertThat(this.batches.takeToValidate()).isEmpty();
		this.now = this.now.plusSeconds(29);
		assertThat(this.batches.renew(first)).isTrue();
		this.now = this.now.plusSeconds(29);
		assertThat(this.batches.takeToValidate()).isEmpty();
		this.now = this.now.plusSeconds(1);
		BatchStore.Work second = this.batches.takeToValidate().orElseThrow();
		assertThat(this.batches.renew(first)).isFalse();
		assertThat(this.batches.begin(first, 1, 0, this.now)).isFalse();
		assertThat(this.batches.begin(second, 1, 0, this.now)).isTrue();
		assertThat(this.batches.find(OWNER, batch.id()).orElseThrow().status()).isEqualTo(Batch.Status.IN_PROGRESS);
	}

	@Test
	void takesNoMoreLinesThanAskedForAndLetsTenantsTakeTurns() {
		UUID large = running(create(store(content(10))), 50);
		this.now = this.now.plusSeconds(1);
		Owner other = owner();
		UUID small = running(create(other, store(other, content(10))), 2);
		this.now = this.now.plusSeconds(1);
		assertThat(this.batches.takeLines(3)).extracting(BatchStore.RunningLine::number).containsExactly(1, 2, 3);
		List<UUID> turns = new ArrayList<>();
		for (int turn = 0; turn < 4; turn++) {
			this.now = this.now.plusSeconds(1);
			List<BatchStore.RunningLine> taken = this.batches.takeLines(1);
			assertThat(taken).hasSize(1);
			turns.add(taken.getFirst().batchId());
		}
		assertThat(turns).containsExactly(small, large, small, large);
	}

	@Test
	void writesNoResultOfARunnerWhoseLineIsAnothersByNow() {
		UUID batch = running(create(store(content(10))), 1);
		BatchStore.RunningLine first = this.batches.takeLines(1).getFirst();
		assertThat(this.batches.stands(first)).isTrue();
		assertThat(this.batches.leftLines(10)).isEmpty();
		this.now = this.now.plusSeconds(31);
		assertThat(this.batches.leftLines(10)).containsExactly(first);
		this.batches.putBack(first, this.now, true);
		BatchStore.RunningLine second = this.batches.takeLines(1).getFirst();
		assertThat(second.requestId()).isNotEqualTo(first.requestId());
		assertThat(second.tries()).isEqualTo(2);
		assertThat(this.batches.stands(first)).isFalse();
		this.batches.end(first, true, new byte[] { 1 });
		this.batches.putBack(first, this.now, true);
		assertThat(this.batches.stands(second)).isTrue();
		this.batches.end(second, false, new byte[] { 2 });
		this.batches.end(second, false, new byte[] { 3 });
		assertThat(this.batches.find(OWNER, batch).orElseThrow().counts()).isEqualTo(new Batch.Counts(1, 0, 1));
		this.batches.noteEnds();
		BatchStore.Work work = this.batches.takeToFinish().orElseThrow();
		assertThat(this.batches.results(work.batch(), 0)).singleElement()
			.satisfies((result) -> assertThat(result.sealed()).containsExactly(2));
	}

	@Test
	void countsNoTryWhereNothingWasCalled() {
		running(create(store(content(10))), 1);
		this.batches.putBack(this.batches.takeLines(1).getFirst(), this.now.plusSeconds(5), false);
		assertThat(this.batches.takeLines(1)).as("before its time").isEmpty();
		this.now = this.now.plusSeconds(5);
		assertThat(this.batches.takeLines(1).getFirst().tries()).isEqualTo(1);
	}

	@Test
	void boundsTheUnfinishedBatchesOfATenant() {
		StoredFile file = store(content(10));
		create(file);
		create(file);
		assertThat(this.batches.create(OWNER, draft(file))).isEqualTo(new Batches.Creation.TooMany(2));
	}

	private UUID running(Batch batch, int lines) {
		BatchStore.Work work = this.batches.takeToValidate().orElseThrow();
		this.batches.addWaiting(work,
				IntStream.rangeClosed(1, lines)
					.mapToObj((line) -> new BatchStore.WaitingLine(line, 0, 1, new UUID(1, 1), 5))
					.toList());
		assertThat(this.batches.begin(work, lines, 0, this.now)).isTrue();
		return batch.id();
	}

	private Batch create(StoredFile file) {
		return create(OWNER, file);
	}

	private Batch create(Owner owner, StoredFile file) {
		return ((Batches.Creation.Created) this.batches.create(owner, draft(file))).batch();
	}

	private static Batch.Draft draft(StoredFile file) {
		return new Batch.Draft(file.id(), "/v1/chat/completions", "24h", Map.of(), null, List.of("a"), null, null,
				null);
	}

	private StoredFile store(byte[] content) {
		return store(OWNER, content);
	}

	private StoredFile store(Owner owner, byte[] content) {
		try (StoredFileWriter writer = this.files.begin(owner)) {
			writer.write(content, 0, content.length);
			return writer.finish("batch", "f.jsonl", null).orElseThrow();
		}
	}

	private static byte[] content(int length) {
		byte[] content = new byte[length];
		byte[] text = "what a client sent, ".getBytes(StandardCharsets.UTF_8);
		for (int i = 0; i < length; i++) {
			content[i] = (byte) (text[i % text.length] + i / 1000);
		}
		return content;
	}

	private static Owner owner() {
		return new Owner(new TenantId(UUID.randomUUID()), new ProjectId(UUID.randomUUID()),
				new KeyId(UUID.randomUUID()));
	}

	private long count(String table) {
		return this.jdbc.sql("SELECT count(*) FROM " + table).query(Long.class).single();
	}

}
