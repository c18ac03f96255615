import assert from 'node:assert/strict';
import test from 'node:test';
import { HumanMessage, ToolMessage } from '@langchain/core/messages';
import { tool } from '@langchain/core/tools';
import { ChatOpenAI, OpenAIEmbeddings } from '@langchain/openai';
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

const tools = ['get_weather', 'get_time'].map((name) =>
  tool(({ city }) => `the result of ${name}: ${typeof city}`, {
    name,
    description: `Says what ${name} says.`,
    schema: z.object({ city: z.string() }),
  }),
);

function chat(options = {}) {
  const { apiKey = keys.any, fetch: own, ...rest } = options;
  return new ChatOpenAI({
    model: models.sim,
    apiKey,
    maxTokens: 400,
    maxRetries: 0,
    configuration: { baseURL, ...(own ? { fetch: own } : {}) },
    ...rest,
  });
}

async function gathered(stream) {
  let whole;
  for await (const chunk of stream) {
    whole = whole === undefined ? chunk : whole.concat(chunk);
  }
  return whole;
}

test('answers a chat, and says what it cost', async () => {
  const counting = countingFetch();
  const answer = await chat({ fetch: counting.fetch }).invoke('Say hello');
  assert.ok(answer.content.length > 20);
  assert.equal(answer.response_metadata.finish_reason, 'stop');
  const cost = await billed(assertOurHeaders(counting.responses[0].headers));
  assert.equal(cost.attempts[0].usage.output, answer.usage_metadata.output_tokens);
  assert.equal(cost.attempts[0].usage.input, answer.usage_metadata.input_tokens);
});

test('streams the same answer, with its usage', async () => {
  const whole = await chat().invoke('Say hello');
  const streamed = await gathered(await chat().stream('Say hello'));
  assert.equal(streamed.content, whole.content);
  assert.equal(streamed.usage_metadata.output_tokens, whole.usage_metadata.output_tokens);
  assert.equal(streamed.usage_metadata.input_tokens, whole.usage_metadata.input_tokens);
});

test('answers several questions at once', async () => {
  const answers = await chat().batch(['What is one?', 'What is two?', 'What is three?']);
  assert.match(answers[0].content, /What is one\?/);
  assert.match(answers[1].content, /What is two\?/);
  assert.match(answers[2].content, /What is three\?/);
});

for (const streamed of [false, true]) {
  test(`calls tools in parallel and takes their results, ${streamed ? 'streamed' : 'whole'}`, async () => {
    const model = chat().bindTools(tools);
    const ask = async (messages) => (streamed ? gathered(await model.stream(messages)) : model.invoke(messages));
    const messages = [new HumanMessage(toolQuestion)];
    const calling = await ask(messages);
    assert.deepEqual(
      calling.tool_calls.map(({ name, args }) => [name, typeof args.city]),
      [
        ['get_weather', 'string'],
        ['get_time', 'string'],
      ],
    );
    messages.push(calling);
    for (const call of calling.tool_calls) {
      const result = await tools.find(({ name }) => name === call.name).invoke(call);
      assert.ok(result instanceof ToolMessage);
      messages.push(result);
    }
    const answer = await ask(messages);
    assert.match(answer.content, /the result of get_time: string/);
  });
}

for (const method of ['jsonSchema', 'functionCalling']) {
  test(`holds an answer to a schema by ${method}`, async () => {
    verdict.parse(await chat().withStructuredOutput(verdict, { method, name: 'verdict' }).invoke('Is the sky blue?'));
  });
}

test('hands images on', async () => {
  const url = `data:image/png;base64,${pixel}`;
  const message = new HumanMessage({
    content: [
      { type: 'text', text: 'What is this?' },
      { type: 'image_url', image_url: { url, detail: 'low' } },
    ],
  });
  const echoed = await chat({ model: models.echo }).invoke([message]);
  const [, image] = JSON.parse(echoed.content).messages[0].content;
  assert.deepEqual(image, { type: 'image_url', image_url: { url, detail: 'low' } });
});

for (const encodingFormat of [undefined, 'float']) {
  test(`embeds texts, as ${encodingFormat ?? 'the client asks by itself'}`, async () => {
    const embeddings = new OpenAIEmbeddings({
      model: models.embedding,
      apiKey: keys.any,
      maxRetries: 0,
      configuration: { baseURL },
      ...(encodingFormat ? { encodingFormat } : {}),
    });
    const [cat, kitten, form] = await embeddings.embedDocuments(['a cat', 'a kitten', 'a tax form']);
    const dot = (left, right) => left.reduce((sum, value, index) => sum + value * right[index], 0);
    assert.equal(cat.length, 384);
    assert.ok(dot(cat, kitten) > dot(cat, form));
    assert.deepEqual(Array.from(await embeddings.embedQuery('a cat')), Array.from(cat));
  });
}

test('bills the whole of a stream that its client left', async () => {
  const counting = countingFetch();
  const controller = new AbortController();
  const stream = await chat({ fetch: counting.fetch }).stream('Tell me a long story', { signal: controller.signal });
  await assert.rejects(async () => {
    for await (const chunk of stream) {
      if (chunk.content) {
        controller.abort();
      }
    }
  }, /abort/i);
  const whole = await chat().invoke('Tell me a long story');
  const cost = await billed(counting.responses[0].headers.get('x-exchequer-request-id'));
  assert.equal(cost.attempts[0].usage.output, whole.usage_metadata.output_tokens);
});

test('ends a stream that breaks with an error', async () => {
  const broken = chat({ modelKwargs: { metadata: { demo_error: 'broken_stream' } } });
  await assert.rejects(async () => gathered(await broken.stream('hi')), /provider/);
});

test('refuses an unknown key and an unknown model', async () => {
  await assert.rejects(
    chat({ apiKey: keys.unknown }).invoke('hi'),
    (error) => error.status === 401 && error.code === 'invalid_api_key' && /MODEL_AUTHENTICATION/.test(error.message),
  );
  await assert.rejects(
    chat({ model: 'no-such-model' }).invoke('hi'),
    (error) => error.status === 404 && error.code === 'model_not_found',
  );
});

test('refuses once what is over budget', async () => {
  const counting = countingFetch();
  const poor = chat({ apiKey: keys.overBudget, maxRetries: 2, fetch: counting.fetch });
  await assert.rejects(poor.invoke('hi'), (error) => error.status === 402 && error.code === 'budget_exceeded');
  assert.deepEqual(counting.statuses(), [402]);
});

test("refuses what is over the key's rate, and says when to come back", async () => {
  const hurried = chat({ apiKey: keys.oneAMinute });
  await useUpTheMinute(() => hurried.invoke('hi'));
  await assert.rejects(hurried.invoke('hi'), (error) => {
    assert.equal(error.status, 429);
    const seconds = Number(error.headers.get('retry-after'));
    return seconds >= 1 && seconds <= 60;
  });
});

test('has the client come back when it is told to', async () => {
  const counting = countingFetch();
  const patient = chat({ model: models.busyOnce, maxRetries: 2, fetch: counting.fetch });
  const { result, waits } = await withWaits(() => patient.invoke('langchain: once more'));
  assert.match(result.content, /langchain: once more/);
  assert.deepEqual(counting.statuses(), [429, 200]);
  assert.ok(waits.some((wait) => wait >= 1000), `${waits}`);
});
