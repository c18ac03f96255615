import assert from 'node:assert/strict';
import test from 'node:test';
import { createOpenAI } from '@ai-sdk/openai';
import { APICallError, generateText, Output, stepCountIs, streamText, tool } from 'ai';
import { z } from 'zod';
import { assertOurHeaders, baseURL, keys, models, toolQuestion } from './platform.js';

/** The SDK's own way of asking OpenAI: the Responses API. */
const openai = createOpenAI({ baseURL, apiKey: keys.any });

const usual = { model: openai(models.sim), maxOutputTokens: 400, maxRetries: 0 };

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

test('answers, and says what it cost', async () => {
  const answer = await generateText({ ...usual, system: 'Be kind.', prompt: 'Say hello' });
  assert.ok(answer.text.length > 20);
  assert.equal(answer.finishReason, 'stop');
  assert.ok(answer.usage.outputTokens > 0);
  assertOurHeaders(answer.response.headers);
});

test('streams the same answer', async () => {
  const whole = await generateText({ ...usual, prompt: 'Say hello' });
  const streamed = streamText({ ...usual, prompt: 'Say hello' });
  let text = '';
  for await (const part of streamed.textStream) {
    text += part;
  }
  assert.equal(text, whole.text);
  assert.deepEqual((await streamed.usage).outputTokens, whole.usage.outputTokens);
});

test('goes through a loop of tools, whole and streamed', async () => {
  for (const ask of [generateText, async (options) => {
    const streamed = streamText(options);
    await streamed.consumeStream();
    return { text: await streamed.text, steps: await streamed.steps };
  }]) {
    const called = [];
    const answer = await ask({ ...usual, prompt: toolQuestion, tools: tools(called), stopWhen: stepCountIs(2) });
    assert.deepEqual(called.sort(), [
      ['get_time', 'string'],
      ['get_weather', 'string'],
    ]);
    assert.equal(answer.steps.length, 2);
    assert.match(answer.text, /the result of/);
  }
});

test('holds an answer to a schema', async () => {
  const { output } = await generateText({
    ...usual,
    prompt: 'Is the sky blue?',
    output: Output.object({ schema: z.object({ yes: z.boolean(), reason: z.string() }) }),
  });
  assert.equal(typeof output.yes, 'boolean');
});

test('goes on with a conversation that the client keeps', async () => {
  const first = await generateText({ ...usual, prompt: 'Say hello' });
  const messages = [
    { role: 'user', content: 'Say hello' },
    ...first.response.messages,
    { role: 'user', content: 'And again?' },
  ];
  const kept = { openai: { store: false } };
  const second = await generateText({ ...usual, messages, providerOptions: kept });
  assert.match(second.text, /And again/);
  // Without it the SDK only names what it takes to be stored.
  await assert.rejects(generateText({ ...usual, messages }), (error) => {
    assert.ok(APICallError.isInstance(error));
    assert.match(error.message, /does not store answers/);
    return true;
  });
});

test('throws what is wrong', async () => {
  await assert.rejects(
    generateText({ ...usual, model: createOpenAI({ baseURL, apiKey: keys.unknown })(models.sim), prompt: 'hi' }),
    (error) => APICallError.isInstance(error) && error.statusCode === 401,
  );
});
