import { EventStreamParser } from './eventStream';
import { texts } from './texts';

export interface ModelEntry {
  id: string;
  simulator: boolean;
}

export interface Answer {
  requestId: string;
  deployment: string;
  attempts: string;
}

export interface RequestCost {
  total: string;
  currency: string;
}

/** An error the platform answered with, in its own words. */
export class ApiError extends Error {}

async function problemOf(response: Response): Promise<ApiError> {
  try {
    const body = (await response.json()) as { error?: { message?: string } };
    return new ApiError(body.error?.message ?? `HTTP ${response.status}`);
  } catch {
    return new ApiError(`HTTP ${response.status}`);
  }
}

export async function isReady(signal: AbortSignal): Promise<boolean> {
  try {
    const response = await fetch('/actuator/health/readiness', { signal });
    return response.ok;
  } catch (failure) {
    if (signal.aborted) {
      throw failure;
    }
    return false;
  }
}

export async function listModels(key: string): Promise<ModelEntry[]> {
  const response = await fetch('/v1/models', { headers: { Authorization: `Bearer ${key}` } });
  if (!response.ok) {
    throw await problemOf(response);
  }
  const body = (await response.json()) as {
    data: { id: string; exchequer?: { simulator?: boolean; output_modalities?: string[]; capabilities?: { output?: string[] } } }[];
  };
  return body.data
    .filter((model) => {
      const output = model.exchequer?.capabilities?.output;
      return output === undefined || output.some((modality) => modality.toLowerCase() === 'text');
    })
    .map((model) => ({ id: model.id, simulator: model.exchequer?.simulator === true }));
}

/**
 * Streams one chat completion. Resolves when the stream has ended with its terminator, and
 * rejects where it broke off or the platform refused.
 */
export async function streamChat(
  key: string,
  model: string,
  prompt: string,
  signal: AbortSignal,
  onText: (text: string) => void,
): Promise<Answer> {
  const response = await fetch('/v1/chat/completions', {
    method: 'POST',
    signal,
    headers: { Authorization: `Bearer ${key}`, 'Content-Type': 'application/json' },
    body: JSON.stringify({ model, stream: true, messages: [{ role: 'user', content: prompt }] }),
  });
  if (!response.ok || response.body === null) {
    throw await problemOf(response);
  }
  const parser = new EventStreamParser();
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  let done = false;
  for (let part = await reader.read(); !part.done; part = await reader.read()) {
    for (const data of parser.push(part.value)) {
      if (data === '[DONE]') {
        done = true;
        continue;
      }
      const event = JSON.parse(data) as {
        error?: { message?: string };
        choices?: { delta?: { content?: string | null } }[];
      };
      if (event.error) {
        throw new ApiError(event.error.message ?? texts.broken);
      }
      const text = event.choices?.[0]?.delta?.content;
      if (text) {
        onText(text);
      }
    }
  }
  if (!done) {
    throw new ApiError(texts.broken);
  }
  return {
    requestId: response.headers.get('X-Exchequer-Request-Id') ?? '',
    deployment: response.headers.get('X-Exchequer-Deployment') ?? '',
    attempts: response.headers.get('X-Exchequer-Attempts') ?? '1',
  };
}

export async function requestCost(key: string, requestId: string): Promise<RequestCost> {
  const response = await fetch(`/v1/requests/${encodeURIComponent(requestId)}`, {
    headers: { Authorization: `Bearer ${key}` },
  });
  if (!response.ok) {
    throw await problemOf(response);
  }
  const body = (await response.json()) as { cost: string; currency: string };
  return { total: body.cost, currency: body.currency };
}
