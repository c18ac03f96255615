import assert from 'node:assert/strict';
import test from 'node:test';
import { createOpenAI } from '@ai-sdk/openai';
import { createOpenAICompatible } from '@ai-sdk/openai-compatible';
import {
  APICallError,
  cosineSimilarity,
  embed,
  embedMany,
  generateObject,
  generateText,
  Output,
  stepCountIs,
  streamObject,
  streamText,
  tool,
} from 'ai';
import { z } from 'zod';
import {
  assertOurHeaders,
  baseURL,
  billed,
  countingFetch,
  keys,
  models,
  pixel,
  toolQuestion,
  useUpTheMinute,
  withWaits,
} from './platform.js';

const verdict = z.object({ yes: z.boolean(), reason: z.string(), tags: z.array(z.string()) });

/** The SDK's two ways to a platform with OpenAI's wire. */
const ways = {
  '@ai-sdk/openai-compatible': {
    provider: (apiKey = keys.any, options = {}) => {
      const client = createOpenAICompatible({
        name: 'exchequer',
        baseURL,
        apiKey,
        includeUsage: true,
        supportsStructuredOutputs: true,
        ...options,
      });
      return { chat: (model) => client.chatModel(model), embedding: (model) => client.embeddingModel(model) };
    },
    metadata: (metadata) => ({ exchequer: { metadata } }),
  },
  '@ai-sdk/openai': {
    provider: (apiKey = keys.any, options = {}) => {
      const client = createOpenAI({ baseURL, apiKey, ...options });
      return { chat: (model) => client.chat(model), embedding: (model) => client.embedding(model) };
    },
    metadata: (metadata) => ({ openai: { metadata } }),
  },
};

function tools(called) {
  return Object.fromEntries(
    ['get_weather', 'get_time'].map((name) => [
      name,
      tool({
        description: `Says what ${name} says.`,
        inputSchema: z.object({ city: z.string() }),
        execute: async ({ city }) => {
          called.push([name, typeof city]);
          return `the result of ${name}`;
        },
      }),
    ]),
  );
}

for (const [way, { provider, metadata }] of Object.entries(ways)) {
  const made = provider();
  const usual = { model: made.chat(models.sim), maxOutputTokens: 400, maxRetries: 0 };

  test(`${way} answers a chat, and says what it cost`, async () => {
    const answer = await generateText({ ...usual, system: 'Be kind.', prompt: 'Say hello' });
    assert.ok(answer.text.length > 20);
    assert.equal(answer.finishReason, 'stop');
    const cost = await billed(assertOurHeaders(answer.response.headers));
    assert.equal(cost.cost, answer.response.headers['x-exchequer-cost']);
    assert.equal(cost.attempts[0].usage.output, answer.usage.outputTokens);
    assert.equal(cost.attempts[0].usage.input, answer.usage.inputTokens);
  });

  test(`${way} streams the same answer, with its usage`, async () => {
    const whole = await generateText({ ...usual, prompt: 'Say hello' });
    const streamed = streamText({ ...usual, prompt: 'Say hello' });
    let text = '';
    for await (const piece of streamed.textStream) {
      text += piece;
    }
    assert.equal(text, whole.text);
    assert.equal((await streamed.usage).outputTokens, whole.usage.outputTokens);
    assert.equal((await streamed.usage).inputTokens, whole.usage.inputTokens);
    assertOurHeaders((await streamed.response).headers);
  });

  for (const stream of [false, true]) {
    test(`${way} calls tools in parallel and takes their results, ${stream ? 'streamed' : 'whole'}`, async () => {
      const called = [];
      const asked = { ...usual, prompt: toolQuestion, tools: tools(called), stopWhen: stepCountIs(3) };
      const answer = stream ? streamText(asked) : await generateText(asked);
      assert.match(await answer.text, /the result of get_time/);
      assert.deepEqual(called.sort(), [
        ['get_time', 'string'],
        ['get_weather', 'string'],
      ]);
      const [calling, ending, ...others] = await answer.steps;
      assert.equal(calling.finishReason, 'tool-calls');
      assert.equal(calling.toolCalls.length, 2);
      assert.equal(ending.finishReason, 'stop');
      assert.equal(others.length, 0);
    });
  }

  test(`${way} holds an answer to a schema, streamed and whole`, async () => {
    const asked = { ...usual, prompt: 'Is the sky blue?', schema: verdict };
    const whole = await generateObject(asked);
    verdict.parse(whole.object);
    const streamed = streamObject(asked);
    for await (const partial of streamed.partialObjectStream) {
      verdict.partial().parse(partial);
    }
    assert.deepEqual(await streamed.object, whole.object);
    const { output } = await generateText({
      ...usual,
      prompt: 'Is the sky blue?',
      output: Output.object({ schema: verdict }),
    });
    verdict.parse(output);
  });

  test(`${way} hands images on`, async () => {
    const echoed = await generateText({
      ...usual,
      model: made.chat(models.echo),
      messages: [
        {
          role: 'user',
          content: [
            { type: 'text', text: 'What is this?' },
            { type: 'image', image: Buffer.from(pixel, 'base64') },
          ],
        },
      ],
    });
    const [, image] = JSON.parse(echoed.text).messages[0].content;
    assert.equal(image.image_url.url, `data:image/png;base64,${pixel}`);
  });

  test(`${way} embeds texts`, async () => {
    const model = made.embedding(models.embedding);
    const { embeddings, usage } = await embedMany({
      model,
      values: ['a cat', 'a kitten', 'a tax form'],
      maxRetries: 0,
    });
    const [cat, kitten, form] = embeddings;
    assert.equal(cat.length, 384);
    assert.ok(cosineSimilarity(cat, kitten) > cosineSimilarity(cat, form));
    assert.ok(usage.tokens > 0);
    assert.deepEqual((await embed({ model, value: 'a cat', maxRetries: 0 })).embedding, cat);
  });

  test(`${way} bills the whole of a stream that its client left`, async () => {
    const counting = countingFetch();
    const controller = new AbortController();
    const streamed = streamText({
      ...usual,
      model: provider(keys.any, { fetch: counting.fetch }).chat(models.sim),
      prompt: 'Tell me a long story',
      abortSignal: controller.signal,
    });
    const types = [];
    for await (const part of streamed.fullStream) {
      types.push(part.type);
      if (part.type === 'text-delta') {
        controller.abort();
      }
    }
    assert.equal(types.at(-1), 'abort');
    const whole = await generateText({ ...usual, prompt: 'Tell me a long story' });
    const cost = await billed(counting.responses[0].headers.get('x-exchequer-request-id'));
    assert.equal(cost.attempts[0].usage.output, whole.usage.outputTokens);
  });

  test(`${way} ends a stream that breaks with an error`, async () => {
    const streamed = streamText({
      ...usual,
      prompt: 'hi',
      providerOptions: metadata({ demo_error: 'broken_stream' }),
      onError: () => {},
    });
    const parts = [];
    for await (const part of streamed.fullStream) {
      parts.push(part);
    }
    assert.ok(parts.some(({ type }) => type === 'text-delta'));
    assert.match(JSON.stringify(parts.find(({ type }) => type === 'error').error), /upstream_/);
    assert.equal(parts.at(-1).finishReason, 'error');
  });

  test(`${way} refuses an unknown key and an unknown model`, async () => {
    await assert.rejects(
      generateText({ ...usual, model: provider(keys.unknown).chat(models.sim), prompt: 'hi' }),
      (error) =>
        APICallError.isInstance(error) &&
        error.statusCode === 401 &&
        error.data.error.code === 'invalid_api_key' &&
        !error.isRetryable,
    );
    await assert.rejects(
      generateText({ ...usual, model: made.chat('no-such-model'), prompt: 'hi' }),
      (error) => error.statusCode === 404 && error.data.error.code === 'model_not_found' && !error.isRetryable,
    );
  });

  test(`${way} refuses once what is over budget`, async () => {
    const counting = countingFetch();
    const poor = provider(keys.overBudget, { fetch: counting.fetch }).chat(models.sim);
    await assert.rejects(generateText({ ...usual, model: poor, prompt: 'hi', maxRetries: 2 }), (error) => {
      assert.equal(error.statusCode, 402);
      assert.equal(error.data.error.code, 'budget_exceeded');
      assert.match(error.message, /'tiny'/);
      return true;
    });
    assert.deepEqual(counting.statuses(), [402]);
  });

  test(`${way} refuses what is over the key's rate, and says when to come back`, async () => {
    const hurried = { ...usual, model: provider(keys.oneAMinute).chat(models.sim), prompt: 'hi' };
    await useUpTheMinute(() => generateText(hurried));
    await assert.rejects(generateText(hurried), (error) => {
      assert.equal(error.statusCode, 429);
      assert.equal(error.isRetryable, true);
      const seconds = Number(error.responseHeaders['retry-after']);
      return seconds >= 1 && seconds <= 60;
    });
  });

  test(`${way} has the client come back when it is told to`, async () => {
    const counting = countingFetch();
    const patient = provider(keys.any, { fetch: counting.fetch }).chat(models.busyOnce);
    const { result, waits } = await withWaits(() =>
      generateText({ ...usual, model: patient, prompt: `${way}: once more`, maxRetries: 2 }),
    );
    assert.ok(result.text.includes(`${way}: once more`));
    assert.deepEqual(counting.statuses(), [429, 200]);
    assert.ok(waits.includes(1000), `${waits}`);
  });
}
