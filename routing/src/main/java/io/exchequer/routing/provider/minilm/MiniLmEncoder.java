package io.exchequer.routing.provider.minilm;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.LongBuffer;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.locks.ReentrantLock;

import ai.djl.huggingface.tokenizers.Encoding;
import ai.djl.huggingface.tokenizers.HuggingFaceTokenizer;
import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import org.jspecify.annotations.Nullable;

/**
 * all-MiniLM-L6-v2, quantised, by ONNX Runtime: loaded on first use, mean-pooled,
 * normalised. Any number of threads may use it.
 */
final class MiniLmEncoder implements AutoCloseable {

	/** The numbers of an embedding. */
	static final int DIMENSIONS = 384;

	/**
	 * The word pieces of a text that count, its beginning and end marks included: the
	 * model was trained on no more.
	 */
	static final int TOKENS_MAX = 256;

	private static final String MODEL = "/all-minilm-l6-v2-q.onnx";

	private static final String TOKENIZER = "/all-minilm-l6-v2-q-tokenizer.json";

	private final ReentrantLock loading = new ReentrantLock();

	private volatile @Nullable Loaded loaded;

	/**
	 * Embeds a text.
	 * @throws IllegalStateException if the model cannot be loaded or run
	 */
	Encoded encode(String text) {
		Loaded model = model();
		Encoding tokens = model.tokenizer().encode(text, true, false);
		long[] ids = tokens.getIds();
		boolean truncated = ids.length > TOKENS_MAX;
		if (truncated) {
			long end = ids[ids.length - 1];
			ids = java.util.Arrays.copyOf(ids, TOKENS_MAX);
			ids[TOKENS_MAX - 1] = end;
		}
		return new Encoded(run(model, ids), ids.length, truncated);
	}

	private static float[] run(Loaded model, long[] ids) {
		long[] shape = { 1, ids.length };
		long[] mask = new long[ids.length];
		java.util.Arrays.fill(mask, 1);
		try (OnnxTensor input = OnnxTensor.createTensor(model.environment(), LongBuffer.wrap(ids), shape);
				OnnxTensor attention = OnnxTensor.createTensor(model.environment(), LongBuffer.wrap(mask), shape);
				OnnxTensor types = OnnxTensor.createTensor(model.environment(), LongBuffer.wrap(new long[ids.length]),
						shape);
				OrtSession.Result result = model.session()
					.run(Map.of("input_ids", input, "attention_mask", attention, "token_type_ids", types))) {
			return normalised(((float[][][]) result.get(0).getValue())[0]);
		}
		catch (OrtException ex) {
			throw new IllegalStateException("the embedding model failed", ex);
		}
	}

	private static float[] normalised(float[][] tokens) {
		float[] mean = new float[DIMENSIONS];
		for (float[] token : tokens) {
			for (int i = 0; i < DIMENSIONS; i++) {
				mean[i] += token[i];
			}
		}
		double squares = 0;
		for (float one : mean) {
			squares += (double) one * one;
		}
		double length = Math.sqrt(squares);
		for (int i = 0; i < DIMENSIONS; i++) {
			mean[i] = (float) (mean[i] / length);
		}
		return mean;
	}

	private Loaded model() {
		Loaded present = this.loaded;
		if (present != null) {
			return present;
		}
		this.loading.lock();
		try {
			present = this.loaded;
			if (present == null) {
				present = load();
				this.loaded = present;
			}
			return present;
		}
		finally {
			this.loading.unlock();
		}
	}

	private static Loaded load() {
		try (InputStream model = resource(MODEL);
				InputStream tokenizer = resource(TOKENIZER);
				OrtSession.SessionOptions options = new OrtSession.SessionOptions()) {
			options.setIntraOpNumThreads(1);
			options.setInterOpNumThreads(1);
			OrtEnvironment environment = OrtEnvironment.getEnvironment();
			return new Loaded(environment, environment.createSession(model.readAllBytes(), options),
					HuggingFaceTokenizer.newInstance(tokenizer,
							Map.of("padding", "false", "truncation", "false", "modelMaxLength", "1000000")));
		}
		catch (OrtException ex) {
			throw new IllegalStateException("the embedding model cannot be loaded", ex);
		}
		catch (IOException ex) {
			throw new UncheckedIOException(ex);
		}
	}

	private static InputStream resource(String name) {
		return Objects.requireNonNull(MiniLmEncoder.class.getResourceAsStream(name), name);
	}

	@Override
	public void close() {
		Loaded present = this.loaded;
		if (present != null) {
			this.loaded = null;
			present.tokenizer().close();
			try {
				present.session().close();
			}
			catch (OrtException ex) {
				throw new IllegalStateException("the embedding model cannot be closed", ex);
			}
		}
	}

	/**
	 * An embedded text.
	 *
	 * @param vector its embedding, of length 1
	 * @param tokens the word pieces that were read, marks included
	 * @param truncated whether the text had more
	 */
	record Encoded(float[] vector, int tokens, boolean truncated) {
	}

	private record Loaded(OrtEnvironment environment, OrtSession session, HuggingFaceTokenizer tokenizer) {
	}

}
