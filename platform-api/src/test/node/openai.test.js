import assert from 'node:assert/strict';
import test from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import OpenAI, { toFile } from 'openai';
import { zodResponseFormat } from 'openai/helpers/zod';
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

const client = clientOf(keys.any);

function clientOf(apiKey, options = {}) {
  return new OpenAI({ baseURL, apiKey, maxRetries: 0, ...options });
}

function question(content, options = {}) {
  return { model: models.sim, messages: [{ role: 'user', content }], max_completion_tokens: 400, ...options };
}

async function textOf(stream) {
  let text = '';
  for await (const chunk of stream) {
    text += chunk.choices[0]?.delta.content ?? '';
  }
  return text;
}

const verdict = z.object({ yes: z.boolean(), reason: z.string(), tags: z.array(z.string()) });

function tools(called) {
  return ['get_weather', 'get_time'].map((name) => ({
    type: 'function',
    function: {
      name,
      parse: JSON.parse,
      function: ({ city }) => {
        called.push([name, typeof city]);
        return `the result of ${name}`;
      },
      parameters: { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] },
    },
  }));
}

test('answers a chat, and says what it cost', async () => {
  const { data, response, request_id } = await client.chat.completions.create(question('Say hello')).withResponse();
  assert.ok(data.choices[0].message.content.length > 20);
  assert.equal(data.choices[0].finish_reason, 'stop');
  const id = assertOurHeaders(response.headers);
  assert.equal(request_id, id);
  assert.equal(data._request_id, id);
  assert.ok(Number(response.headers.get('x-exchequer-cost')) > 0);
  assert.equal(response.headers.get('x-exchequer-currency'), 'USD');
  const cost = await billed(id);
  assert.equal(cost.cost, response.headers.get('x-exchequer-cost'));
  assert.equal(cost.attempts[0].usage.output, data.usage.completion_tokens);
});

test('streams the same answer, with its usage where that is asked for', async () => {
  const whole = await client.chat.completions.create(question('Say hello'));
  const { data: stream, response } = await client.chat.completions
    .create(question('Say hello', { stream: true, stream_options: { include_usage: true } }))
    .withResponse();
  assertOurHeaders(response.headers);
  let text = '';
  let usage;
  let finish;
  for await (const chunk of stream) {
    text += chunk.choices[0]?.delta.content ?? '';
    finish = chunk.choices[0]?.finish_reason ?? finish;
    usage = chunk.usage ?? usage;
  }
  assert.equal(text, whole.choices[0].message.content);
  assert.equal(finish, 'stop');
  assert.deepEqual(usage, whole.usage);
});

test('streams no usage where none is asked for', async () => {
  const stream = await client.chat.completions.create(question('Say hello', { stream: true }));
  for await (const chunk of stream) {
    assert.equal(chunk.choices.length, 1);
    assert.equal(chunk.usage ?? null, null);
  }
});

test("puts a stream together with the client's own helper", async () => {
  const whole = await client.chat.completions.create(question('Say hello', { n: 2, logprobs: true, top_logprobs: 2 }));
  const streamed = await client.chat.completions
    .stream(question('Say hello', { n: 2, logprobs: true, top_logprobs: 2 }))
    .finalChatCompletion();
  assert.equal(streamed.choices.length, 2);
  for (const [index, choice] of streamed.choices.entries()) {
    assert.equal(choice.message.content, whole.choices[index].message.content);
    assert.deepEqual(choice.logprobs.content, whole.choices[index].logprobs.content);
  }
});

for (const stream of [false, true]) {
  test(`calls tools in parallel and takes their results, ${stream ? 'streamed' : 'whole'}`, async () => {
    const called = [];
    const runner = client.chat.completions.runTools({ ...question(toolQuestion), tools: tools(called), stream });
    assert.match(await runner.finalContent(), /the result of get_time/);
    assert.deepEqual(called, [
      ['get_weather', 'string'],
      ['get_time', 'string'],
    ]);
    const roles = runner.messages.map(({ role }) => role);
    assert.deepEqual(roles, ['user', 'assistant', 'tool', 'tool', 'assistant']);
    const ids = runner.messages[1].tool_calls.map(({ id }) => id);
    assert.equal(new Set(ids).size, 2);
    assert.deepEqual(
      runner.messages.filter(({ role }) => role === 'tool').map(({ tool_call_id }) => tool_call_id),
      ids,
    );
  });
}

test('holds an answer to a schema, streamed and whole', async () => {
  const asked = question('Is the sky blue?', { response_format: zodResponseFormat(verdict, 'verdict') });
  const whole = await client.chat.completions.parse(asked);
  verdict.parse(whole.choices[0].message.parsed);
  const streamed = await client.chat.completions.stream(asked).finalChatCompletion();
  assert.deepEqual(streamed.choices[0].message.parsed, whole.choices[0].message.parsed);
});

test('hands images on as they are', async () => {
  const parts = [
    { type: 'text', text: 'What is this?' },
    { type: 'image_url', image_url: { url: `data:image/png;base64,${pixel}`, detail: 'low' } },
    { type: 'image_url', image_url: { url: 'https://example.com/cat.png', detail: 'high' } },
  ];
  const echoed = await client.chat.completions.create(question(parts, { model: models.echo }));
  assert.deepEqual(JSON.parse(echoed.choices[0].message.content).messages[0].content, parts);
  const seen = await client.chat.completions.create(question(parts));
  assert.ok(seen.usage.prompt_tokens > 2 * 85);
});

test('hands options that it does not know on as they are', async () => {
  const options = { seed: 7, temperature: 0.25, reasoning_effort: 'low', of_tomorrow: { deep: [1, 2.5, null] } };
  const echoed = await client.chat.completions.create(question('hi', { model: models.echo, ...options }));
  const arrived = JSON.parse(echoed.choices[0].message.content);
  assert.deepEqual({ ...arrived, ...options }, arrived);
});

test('embeds texts in base64, which the client asks for by itself, and as numbers', async () => {
  const input = ['a cat', 'a kitten', 'a tax form'];
  const usual = await client.embeddings.create({ model: models.embedding, input });
  const numbers = await client.embeddings.create({ model: models.embedding, input, encoding_format: 'float' });
  const packed = await client.embeddings.create({ model: models.embedding, input, encoding_format: 'base64' });
  assert.equal(usual.data.length, 3);
  for (const [index, { embedding }] of usual.data.entries()) {
    assert.equal(embedding.length, 384);
    assert.deepEqual(
      Array.from(embedding),
      numbers.data[index].embedding.map((value) => Math.fround(value)),
    );
    assert.equal(Buffer.from(packed.data[index].embedding, 'base64').length, 4 * 384);
  }
  assert.ok(usual.usage.prompt_tokens > 0);
});

test('lists models', async () => {
  const names = [];
  for await (const model of client.models.list()) {
    names.push(model.id);
  }
  assert.ok(names.includes(models.sim) && names.includes(models.embedding));
  assert.equal((await client.models.retrieve(models.sim)).owned_by, 'demo');
});

test('bills the whole of a stream that its client left', async () => {
  const { data: stream, response } = await client.chat.completions
    .create(question('Tell me a long story', { stream: true }))
    .withResponse();
  let seen = 0;
  for await (const chunk of stream) {
    if (chunk.choices[0].delta.content) {
      seen++;
      stream.controller.abort();
    }
  }
  assert.ok(seen > 0);
  const whole = await client.chat.completions.create(question('Tell me a long story'));
  const cost = await billed(response.headers.get('x-exchequer-request-id'));
  assert.equal(cost.attempts[0].usage.output, whole.usage.completion_tokens);
  assert.equal(cost.attempts[0].estimated, false);
});

test('lets a client give up while it waits', async () => {
  const late = question('hi', { model: models.cut, metadata: { demo_latency: '20s' } });
  await assert.rejects(client.chat.completions.create(late, { timeout: 200 }), OpenAI.APIConnectionTimeoutError);
  const controller = new AbortController();
  const aborted = client.chat.completions.create(late, { signal: controller.signal });
  controller.abort();
  await assert.rejects(aborted, OpenAI.APIUserAbortError);
});

test('ends a stream that breaks with an error', async () => {
  const stream = await client.chat.completions.create(
    question('hi', { stream: true, metadata: { demo_error: 'broken_stream' } }),
  );
  await assert.rejects(textOf(stream), (error) => error instanceof OpenAI.APIError && error.code.startsWith('upstream'));
});

test('refuses an unknown key', async () => {
  await assert.rejects(clientOf(keys.unknown).chat.completions.create(question('hi')), (error) => {
    assert.ok(error instanceof OpenAI.AuthenticationError);
    assert.equal(error.code, 'invalid_api_key');
    assert.equal(error.type, 'invalid_request_error');
    assert.equal(error.requestID, error.headers.get('x-exchequer-request-id'));
    return true;
  });
});

test('refuses an unknown model, and what is wrong in a request', async () => {
  await assert.rejects(
    client.chat.completions.create(question('hi', { model: 'no-such-model' })),
    (error) => error instanceof OpenAI.NotFoundError && error.code === 'model_not_found' && error.param === 'model',
  );
  await assert.rejects(
    client.chat.completions.create(question('hi', { n: 0 })),
    (error) => error instanceof OpenAI.BadRequestError && error.param === 'n',
  );
  await assert.rejects(client.models.retrieve('no-such-model'), OpenAI.NotFoundError);
});

for (const stream of [false, true]) {
  test(`refuses once what is over budget, ${stream ? 'streamed' : 'whole'}`, async () => {
    const counting = countingFetch();
    const poor = clientOf(keys.overBudget, { maxRetries: 2, fetch: counting.fetch });
    await assert.rejects(poor.chat.completions.create(question('hi', { stream })), (error) => {
      assert.ok(error instanceof OpenAI.APIError);
      assert.equal(error.status, 402);
      assert.equal(error.code, 'budget_exceeded');
      assert.equal(error.error.budget, 'tiny');
      assert.equal(error.error.limit, '0.0001');
      return true;
    });
    assert.deepEqual(counting.statuses(), [402]);
  });
}

test("refuses what is over the key's rate, and says when to come back", async () => {
  const hurried = clientOf(keys.oneAMinute);
  await useUpTheMinute(() => hurried.chat.completions.create(question('hi')));
  await assert.rejects(hurried.chat.completions.create(question('hi')), (error) => {
    assert.ok(error instanceof OpenAI.RateLimitError);
    assert.equal(error.code, 'rate_limit_exceeded');
    const seconds = Number(error.headers.get('retry-after'));
    assert.ok(seconds >= 1 && seconds <= 60, `${seconds}`);
    return true;
  });
});

test('has the client come back when it is told to', async () => {
  const counting = countingFetch();
  const patient = clientOf(keys.any, { maxRetries: 2, fetch: counting.fetch });
  const { result, waits } = await withWaits(() =>
    patient.chat.completions.create(question('openai: once more', { model: models.busyOnce })),
  );
  assert.match(result.choices[0].message.content, /openai: once more/);
  assert.deepEqual(counting.statuses(), [429, 200]);
  assert.equal(counting.responses[0].headers.get('retry-after'), '1');
  assert.ok(waits.includes(1000), `${waits}`);
});

test('sends a file, runs it as a batch, and reads each result', async () => {
  const lines = [1, 2, 3].map((number) =>
    JSON.stringify({
      custom_id: `line-${number}`,
      method: 'POST',
      url: '/v1/chat/completions',
      body: question(`Say hello ${number}`),
    }),
  );
  const file = await client.files.create({
    file: await toFile(Buffer.from(lines.join('\n')), 'input.jsonl'),
    purpose: 'batch',
    expires_after: { anchor: 'created_at', seconds: 3600 },
  });
  assert.equal(file.expires_at, file.created_at + 3600);
  let batch = await client.batches.create({
    input_file_id: file.id,
    endpoint: '/v1/chat/completions',
    completion_window: '24h',
    metadata: { why: 'a test' },
  });
  const deadline = Date.now() + 60_000;
  while (['validating', 'in_progress', 'finalizing'].includes(batch.status)) {
    assert.ok(Date.now() < deadline, JSON.stringify(batch));
    await pause(50);
    batch = await client.batches.retrieve(batch.id);
  }
  assert.equal(batch.status, 'completed', JSON.stringify(batch));
  assert.deepEqual(batch.request_counts, { total: 3, completed: 3, failed: 0 });
  assert.deepEqual(batch.metadata, { why: 'a test' });
  const content = await (await client.files.content(batch.output_file_id)).text();
  const results = content.trim().split('\n').map((line) => JSON.parse(line));
  assert.deepEqual(
    results.map(({ custom_id, response }) => [custom_id, response.status_code]),
    [1, 2, 3].map((number) => [`line-${number}`, 200]),
  );
  for (const { response } of results) {
    assert.equal((await billed(response.request_id)).attempts.length, 1);
  }
  const listed = [];
  for await (const one of client.batches.list({ limit: 1 })) {
    listed.push(one.id);
  }
  assert.ok(listed.includes(batch.id));
  assert.ok((await client.files.delete(file.id)).deleted);
});
