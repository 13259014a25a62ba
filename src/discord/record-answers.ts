import { AsyncLocalStorage } from 'node:async_hooks';
import type { REST, ResponseLike } from '@discordjs/rest';

/** An unsuccessful answer of the server. discord.js's errors contain neither the headers nor the text of the answer. */
export interface RecordedAnswer {
  status: number;
  headers: { get(name: string): string | null };
  /** The parsed body if the body is JSON, otherwise the body's text. */
  body: unknown;
}

/** One call of a REST client, which may send its request more than once. */
export interface RecordedCall {
  /** The answer to the last request, if the server answered and did not succeed. */
  answer: RecordedAnswer | null;
  /** This function is called as soon as the answer is known, before discord.js sends the next request of its queue. */
  readonly onAnswer?: (answer: RecordedAnswer) => void;
}

/** The call in which a request is sent. All clients share it, because Node copies each storage into every promise. */
const calls = new AsyncLocalStorage<RecordedCall>();

/**
 * Makes a REST client note the unsuccessful answers of calls that run in the returned function. Two calls
 * may fetch the same path, so an asynchronous context tells which call an answer belongs to.
 */
export function recordAnswers(
  rest: REST,
): <T>(call: RecordedCall, run: () => Promise<T>) => Promise<T> {
  const makeRequest = rest.options.makeRequest.bind(rest.options);
  rest.options.makeRequest = async (url, init) => {
    const call = calls.getStore();
    if (call) call.answer = null;
    const response = await makeRequest(url, init);
    if (response.ok || call === undefined) return response;
    const { answer, replayed } = await readAnswer(response);
    call.answer = answer;
    call.onAnswer?.(answer);
    return replayed;
  };
  return (call, run) => calls.run(call, run);
}

/** Reads the answer. The body of a response can be read only once, so discord.js gets a copy. */
async function readAnswer(
  response: ResponseLike,
): Promise<{ answer: RecordedAnswer; replayed: ResponseLike }> {
  const { status, statusText, headers, ok } = response;
  const text = await response.text();
  const replayed: ResponseLike = {
    status,
    statusText,
    headers,
    ok,
    body: null,
    bodyUsed: false,
    text: () => Promise.resolve(text),
    // oxlint-disable-next-line typescript/require-await -- invalid JSON must reject
    json: async () => JSON.parse(text) as unknown,
    arrayBuffer: () => Promise.resolve(new TextEncoder().encode(text).buffer),
  };
  return { answer: { status, headers, body: parseJson(text) }, replayed };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
