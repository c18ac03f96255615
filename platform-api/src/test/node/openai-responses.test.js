import assert from 'node:assert/strict';
import test from 'node:test';
import OpenAI from 'openai';
import { zodTextFormat } from 'openai/helpers/zod';
import { z } from 'zod';
import { assertOurHeaders, baseURL, billed, keys, models, pixel, toolQuestion } from './platform.js';

const client = clientOf(keys.any);

function clientOf(apiKey, options = {}) {
  return new OpenAI({ baseURL, apiKey, maxRetries: 0, ...options });
}

function question(input, options = {}) {
  return { model: models.sim, input, max_output_tokens: 400, ...options };
}

const tools = ['get_weather', 'get_time'].map((name) => ({
  type: 'function',
  name,
  strict: false,
  description: `Says what ${name} says.`,
  parameters: { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] },
}));

/** What arrived at the upstream, as the echo deployment tells it. */
async function echoed(options) {
  const response = await client.responses.create({ ...question('hi'), model: models.echo, ...options });
  return JSON.parse(response.output_text);
}

test('answers, and says what it cost', async () => {
  const { data, response, request_id } = await client.responses.create(question('Say hello')).withResponse();
  assert.ok(data.output_text.length > 20);
  assert.equal(data.status, 'completed');
  assert.equal(data.store, false);
  assert.ok(data.usage.output_tokens > 0);
  assert.equal(request_id, assertOurHeaders(response.headers));
  assert.ok(Number((await billed(request_id)).cost) > 0);
});

test('streams the same answer', async () => {
  const whole = await client.responses.create(question('Say hello'));
  const stream = client.responses.stream(question('Say hello'));
  let text = '';
  stream.on('response.output_text.delta', (event) => (text += event.delta));
  const final = await stream.finalResponse();
  assert.equal(text, whole.output_text);
  assert.equal(final.output_text, whole.output_text);
  assert.deepEqual(final.usage, whole.usage);
});

test('calls tools in parallel and takes what they answered', async () => {
  const asked = question(toolQuestion, { tools, parallel_tool_calls: true });
  const called = await client.responses.create(asked);
  const calls = called.output.filter((item) => item.type === 'function_call');
  assert.deepEqual(calls.map((call) => call.name).sort(), ['get_time', 'get_weather']);
  const streamed = await client.responses.stream(asked).finalResponse();
  assert.deepEqual(
    streamed.output.map((item) => item.arguments),
    called.output.map((item) => item.arguments),
  );
  const answered = await client.responses.create({
    ...asked,
    input: [
      { role: 'user', content: toolQuestion },
      ...called.output,
      ...calls.map((call) => ({ type: 'function_call_output', call_id: call.call_id, output: 'sunny' })),
    ],
  });
  assert.match(answered.output_text, /sunny/);
});

test('parses an answer that is held to a schema', async () => {
  const verdict = z.object({ yes: z.boolean(), reason: z.string() });
  const response = await client.responses.parse(
    question('Is the sky blue?', { text: { format: zodTextFormat(verdict, 'verdict') } }),
  );
  assert.equal(typeof response.output_parsed.yes, 'boolean');
});

test('carries instructions, images and what the assistant said to the upstream', async () => {
  const sent = await echoed({
    instructions: 'Be kind',
    input: [
      { role: 'user', content: [{ type: 'input_image', image_url: `data:image/png;base64,${pixel}`, detail: 'low' }] },
      { role: 'assistant', content: 'Nice' },
      { role: 'user', content: 'And?' },
    ],
    reasoning: { effort: 'low' },
  });
  assert.deepEqual(
    sent.messages.map((message) => message.role),
    ['system', 'user', 'assistant', 'user'],
  );
  assert.equal(sent.messages[1].content[0].image_url.detail, 'low');
  assert.equal(sent.reasoning_effort, 'low');
});

test('throws what is wrong, by the path that was sent', async () => {
  await assert.rejects(client.responses.create(question('hi', { tools: [{ type: 'web_search' }] })), (error) => {
    assert.ok(error instanceof OpenAI.BadRequestError);
    assert.equal(error.param, 'tools[0].type');
    return true;
  });
  await assert.rejects(
    client.responses.create(question('hi', { previous_response_id: 'resp_00000000000000000000000000000001' })),
    (error) => error.code === 'previous_response_not_found',
  );
  await assert.rejects(client.responses.retrieve('resp_1'), OpenAI.NotFoundError);
  await assert.rejects(clientOf(keys.unknown).responses.create(question('hi')), OpenAI.AuthenticationError);
  await assert.rejects(
    clientOf(keys.overBudget).responses.create(question('hi')),
    (error) => error.status === 402 && error.code === 'budget_exceeded',
  );
});

test('completes a text, whole and streamed', async () => {
  const asked = { model: models.sim, prompt: ['one', 'two'], max_tokens: 60 };
  const whole = await client.completions.create(asked);
  assert.equal(whole.choices.length, 2);
  const texts = ['', ''];
  for await (const chunk of await client.completions.create({ ...asked, stream: true })) {
    for (const choice of chunk.choices) {
      texts[choice.index] += choice.text;
    }
  }
  assert.deepEqual(
    texts,
    whole.choices.map((choice) => choice.text),
  );
  await assert.rejects(
    client.completions.create({ ...asked, suffix: 'end' }),
    (error) => error.code === 'unsupported_by_model',
  );
});
