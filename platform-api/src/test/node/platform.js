// What the platform under test offers, as NodeClientsIT says in the environment.
import assert from 'node:assert/strict';
import { setTimeout as pause } from 'node:timers/promises';

function told(name) {
  const value = process.env[name];
  assert.ok(value, `${name} is missing: these files are run by NodeClientsIT`);
  return value;
}

export const root = told('EXCHEQUER_URL');

export const baseURL = `${root}/v1`;

/** Virtual keys; the one with a rate is the file's own. */
export const keys = {
  any: told('EXCHEQUER_KEY'),
  overBudget: told('EXCHEQUER_KEY_OVER_BUDGET'),
  oneAMinute: told('EXCHEQUER_KEY_ONE_A_MINUTE'),
  unknown: 'exq_unknown',
};

export const models = {
  /** The simulator: what it says follows from the request alone. */
  sim: 'sim-1',
  /** The simulator, whose call is cut when its client leaves. */
  cut: 'cancelled-1',
  /** Answers with the request as it arrived at the upstream, as JSON. */
  echo: 'wire-1',
  /**
   * The file's own: its provider refuses the first request of each text with 429 and `Retry-After: 1`, then answers as
   * `echo` does.
   */
  busyOnce: told('EXCHEQUER_BUSY_ONCE'),
  /** Makes vectors of 384 dimensions. */
  embedding: 'minilm',
};

/** A PNG of one pixel. */
export const pixel =
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==';

/** A question that the simulator answers by calling two tools at once. */
export const toolQuestion = 'Use get_weather and get_time for Paris';

/** Asserts that the platform's own headers are there, and returns the request's id. */
export function assertOurHeaders(headers, deployment = 'sim-1') {
  const header = (name) => (headers instanceof Headers ? headers.get(name) : headers[name]);
  assert.match(header('x-exchequer-request-id'), /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);
  assert.equal(header('x-exchequer-deployment'), deployment);
  assert.equal(header('x-exchequer-attempts'), '1');
  return header('x-exchequer-request-id');
}

/** Returns what a request has cost, once that is settled. */
export async function billed(requestId, key = keys.any) {
  const deadline = Date.now() + 30_000;
  for (;;) {
    const response = await fetch(`${baseURL}/requests/${requestId}`, { headers: { authorization: `Bearer ${key}` } });
    const cost = await response.json();
    if (response.ok && cost.settled) {
      return cost;
    }
    assert.ok(Date.now() < deadline, `request ${requestId} was not settled: ${JSON.stringify(cost)}`);
    await pause(20);
  }
}

/** Uses up the key that may ask once a minute; a minute may end between two requests, but not between all three. */
export async function useUpTheMinute(ask) {
  for (let request = 0; request < 2; request++) {
    await ask().catch((error) => assert.equal(error.status ?? error.statusCode, 429));
  }
}

/** Counts the requests that a client sends; the answers' statuses and headers, in order. */
export function countingFetch() {
  const responses = [];
  const counting = async (...request) => {
    const response = await fetch(...request);
    responses.push({ status: response.status, headers: response.headers });
    return response;
  };
  return { fetch: counting, responses, statuses: () => responses.map(({ status }) => status) };
}

/** Runs a piece of work, and returns its result with the waits in milliseconds that it asked for. */
export async function withWaits(work) {
  const original = globalThis.setTimeout;
  const waits = [];
  globalThis.setTimeout = (callback, milliseconds, ...rest) => {
    waits.push(milliseconds);
    return original(callback, milliseconds, ...rest);
  };
  try {
    return { result: await work(), waits };
  } finally {
    globalThis.setTimeout = original;
  }
}
