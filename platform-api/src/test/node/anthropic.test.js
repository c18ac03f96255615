import assert from 'node:assert/strict';
import test from 'node:test';
import Anthropic from '@anthropic-ai/sdk';
import {
  assertOurHeaders,
  billed,
  countingFetch,
  keys,
  models,
  pixel,
  root,
  toolQuestion,
  useUpTheMinute,
  withWaits,
} from './platform.js';

const client = clientOf(keys.any);

function clientOf(apiKey, options = {}) {
  return new Anthropic({ baseURL: root, apiKey, maxRetries: 0, ...options });
}

function question(content, options = {}) {
  return { model: models.sim, max_tokens: 400, messages: [{ role: 'user', content }], ...options };
}

function textOf(message) {
  return message.content.map((block) => (block.type === 'text' ? block.text : '')).join('');
}

const tools = ['get_weather', 'get_time'].map((name) => ({
  name,
  description: `Says what ${name} says.`,
  input_schema: { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] },
}));

/** What arrived at the upstream, as the echo deployment tells it. */
async function echoed(options) {
  const message = await client.messages.create({ ...question('hi'), model: models.echo, ...options });
  return JSON.parse(textOf(message));
}

test('answers a message, and says what it cost', async () => {
  const { data, response, request_id } = await client.messages.create(question('Say hello')).withResponse();
  assert.ok(textOf(data).length > 20);
  assert.equal(data.type, 'message');
  assert.equal(data.role, 'assistant');
  assert.equal(data.stop_reason, 'end_turn');
  const id = assertOurHeaders(response.headers);
  assert.equal(request_id, id);
  assert.equal(data._request_id, id);
  const cost = await billed(id);
  assert.equal(cost.cost, response.headers.get('x-exchequer-cost'));
  assert.equal(cost.attempts[0].usage.output, data.usage.output_tokens);
  assert.equal(cost.attempts[0].usage.input, data.usage.input_tokens);
});

test('streams the same message, event by event', async () => {
  const whole = await client.messages.create(question('Say hello'));
  const seen = [];
  let text = '';
  let usage;
  for await (const event of await client.messages.create(question('Say hello', { stream: true }))) {
    if (seen.at(-1) !== event.type) {
      seen.push(event.type);
    }
    text += event.delta?.text ?? '';
    usage = event.usage ?? usage;
  }
  assert.equal(text, textOf(whole));
  assert.deepEqual(seen, [
    'message_start',
    'content_block_start',
    'content_block_delta',
    'content_block_stop',
    'message_delta',
    'message_stop',
  ]);
  assert.equal(usage.output_tokens, whole.usage.output_tokens);
  assert.equal(usage.input_tokens, whole.usage.input_tokens);
});

test("puts a stream together with the client's own helper", async () => {
  const whole = await client.messages.create(question('Say hello'));
  const texts = [];
  const stream = client.messages.stream(question('Say hello')).on('text', (text) => texts.push(text));
  const streamed = await stream.finalMessage();
  assert.equal(textOf(streamed), textOf(whole));
  assert.equal(texts.join(''), textOf(whole));
  assert.deepEqual(streamed.usage.output_tokens, whole.usage.output_tokens);
  assert.equal(streamed.stop_reason, whole.stop_reason);
});

for (const stream of [false, true]) {
  test(`calls tools in parallel and takes their results, ${stream ? 'streamed' : 'whole'}`, async () => {
    const ask = (messages) => {
      const asked = { ...question(''), tools, tool_choice: { type: 'auto' }, messages };
      return stream ? client.messages.stream(asked).finalMessage() : client.messages.create(asked);
    };
    const messages = [{ role: 'user', content: toolQuestion }];
    const calling = await ask(messages);
    assert.equal(calling.stop_reason, 'tool_use');
    const calls = calling.content.filter(({ type }) => type === 'tool_use');
    assert.deepEqual(
      calls.map(({ name, input }) => [name, typeof input.city]),
      [
        ['get_weather', 'string'],
        ['get_time', 'string'],
      ],
    );
    assert.equal(new Set(calls.map(({ id }) => id)).size, 2);
    messages.push({ role: 'assistant', content: calling.content });
    messages.push({
      role: 'user',
      content: calls.map(({ id, name }) => ({ type: 'tool_result', tool_use_id: id, content: `the result of ${name}` })),
    });
    const answer = await ask(messages);
    assert.match(textOf(answer), /the result of get_time/);
    assert.equal(answer.stop_reason, 'end_turn');
  });
}

test('holds an answer to a schema', async () => {
  const schema = {
    type: 'object',
    properties: { yes: { type: 'boolean' }, reason: { type: 'string' } },
    required: ['yes', 'reason'],
    additionalProperties: false,
  };
  const message = await client.messages.create(
    question('Is the sky blue?', { output_config: { format: { type: 'json_schema', schema } } }),
  );
  const verdict = JSON.parse(textOf(message));
  assert.equal(typeof verdict.yes, 'boolean');
  assert.equal(typeof verdict.reason, 'string');
});

test('hands images, reasoning and options on', async () => {
  const request = await echoed({
    system: [{ type: 'text', text: 'Be kind.' }],
    temperature: 0.5,
    top_k: 7,
    stop_sequences: ['END'],
    thinking: { type: 'enabled', budget_tokens: 1024 },
    messages: [
      {
        role: 'user',
        content: [
          { type: 'text', text: 'What is this?' },
          { type: 'image', source: { type: 'base64', media_type: 'image/png', data: pixel } },
        ],
      },
      { role: 'assistant', content: [{ type: 'thinking', thinking: 'Hm.', signature: 'c2ln' }, { type: 'text', text: 'A dot.' }] },
      { role: 'user', content: 'Sure?' },
    ],
  });
  assert.deepEqual(request.messages[0], { role: 'system', content: 'Be kind.' });
  assert.equal(request.messages[1].content[1].image_url.url, `data:image/png;base64,${pixel}`);
  assert.deepEqual(request.messages[2].thinking_blocks, [{ type: 'thinking', thinking: 'Hm.', signature: 'c2ln' }]);
  assert.equal(request.temperature, 0.5);
  assert.equal(request.top_k, 7);
  assert.deepEqual(request.stop, ['END']);
  assert.deepEqual(request.thinking, { type: 'enabled', budget_tokens: 1024 });
  assert.equal(request.max_tokens, 400);
});

test('counts tokens, and says that it is an estimate', async () => {
  const { max_tokens: _, ...counted } = question('How many tokens are these?');
  const { data, response } = await client.messages.countTokens(counted).withResponse();
  assert.ok(data.input_tokens >= 5 && data.input_tokens <= 60, `${data.input_tokens}`);
  assert.equal(response.headers.get('x-exchequer-estimated'), 'true');
});

test("raises the client's own errors", async () => {
  const cases = [
    [Anthropic.AuthenticationError, 401, 'authentication_error', () => clientOf(keys.unknown).messages.create(question('hi'))],
    [Anthropic.NotFoundError, 404, 'not_found_error', () => client.messages.create(question('hi', { model: 'no-such-model' }))],
    [Anthropic.BadRequestError, 400, 'invalid_request_error', () => client.messages.create(question('hi', { max_tokens: 0 }))],
    [Anthropic.APIError, 402, 'billing_error', () => clientOf(keys.overBudget).messages.create(question('hi', { model: models.echo }))],
  ];
  for (const [type, status, name, ask] of cases) {
    await assert.rejects(ask, (error) => {
      assert.ok(error instanceof type, `${error}`);
      assert.equal(error.status, status);
      assert.equal(error.error.type, 'error');
      assert.equal(error.error.error.type, name);
      assert.equal(error.requestID, error.error.request_id);
      return true;
    });
  }
});

test('waits as it is told where its rate is used up', async () => {
  const limited = clientOf(keys.oneAMinute);
  await useUpTheMinute(() => limited.messages.create(question('hi')));
  await assert.rejects(
    () => limited.messages.create(question('hi')),
    (error) => {
      assert.ok(error instanceof Anthropic.RateLimitError);
      assert.equal(error.error.error.type, 'rate_limit_error');
      assert.ok(Number(error.headers.get('retry-after')) >= 1);
      return true;
    },
  );
});

test('tries again by itself when a provider is busy', async () => {
  const counting = countingFetch();
  const patient = clientOf(keys.any, { maxRetries: 1, fetch: counting.fetch });
  const { result, waits } = await withWaits(() =>
    patient.messages.create(question('anthropic: busy once', { model: models.busyOnce })),
  );
  assert.deepEqual(counting.statuses(), [429, 200]);
  assert.ok(waits.includes(1000), `${waits}`);
  assert.ok(textOf(result).length > 0);
});
