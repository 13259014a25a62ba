/**
 * An error from Google's library.
 *
 * `code` is an HTTP status, or a name such as `ECONNRESET` if no response arrived. If the response's body is malformed,
 * only `response` has the status.
 */
export interface GcsError extends Error {
  code?: number | string;
  response?: { statusCode?: number; body?: unknown };
}

/** What a storage server said about a request that failed. */
export interface Answer {
  /** The HTTP status, or null if no response arrived. */
  status: number | null;
  /** The reason in the server's spelling, such as `retentionPolicyNotMet`; null if the server gave no reason. */
  reason: string | null;
  /** The server's own words, cut after MAX_MESSAGE_LENGTH characters; empty if the server sent none. */
  message: string;
}

/** A proxy may answer with a page of a megabyte. The cause is in the first sentences. */
const MAX_MESSAGE_LENGTH = 2000;

/** The parts of an error body in the JSON API that Everclip reads. Every part may be missing. */
interface JsonError {
  message?: unknown;
  errors?: ({ reason?: unknown } | null)[];
  details?: ({ reason?: unknown } | null)[];
}

/**
 * Reads the answer in an error of Google's library.
 *
 * An upload has the parsed body in `response.body`. A download has the text of the body in `message`, and something
 * else in `response.body`. Servers send JSON, XML or plain text:
 * https://cloud.google.com/storage/docs/json_api/v1/status-codes,
 * https://cloud.google.com/storage/docs/xml-api/reference-status
 */
export function readAnswer(error: unknown): Answer {
  const { code, message, response } = error as GcsError;
  const status = toStatus(code) ?? toStatus(response?.statusCode);
  const body = response?.body;
  const parsed = readJson(body) ?? readJson(message) ?? readXml(body) ?? readXml(message);
  const words = parsed?.message ?? (typeof body === 'string' && body ? body : message);
  return { status, reason: parsed?.reason ?? null, message: words.slice(0, MAX_MESSAGE_LENGTH) };
}

/** True if the response has an error body of the JSON API, which proxies don't send. */
export function isApiError(error: unknown): boolean {
  const { message, response } = error as GcsError;
  return (readJson(response?.body) ?? readJson(message)) !== null;
}

/** True if a body or its beginning is a page for people. Proxies send pages, and storage APIs don't. */
export function isPage(text: string): boolean {
  return /<html|<!doctype html/i.test(text);
}

/** Returns the HTTP status, or null for any other value, such as `ECONNRESET`. */
function toStatus(code: unknown): number | null {
  const status = Number(code);
  return Number.isInteger(status) && status > 0 ? status : null;
}

function readJson(body: unknown): Omit<Answer, 'status'> | null {
  const value = typeof body === 'string' ? parse(body) : body;
  if (typeof value !== 'object' || value === null) return null;
  const { error } = value as { error?: unknown };
  if (typeof error !== 'object' || error === null) return null;
  const { message, errors, details } = error as JsonError;
  // Errors of all Google APIs, such as those of a disabled API, have the reason in `details`.
  const reasons = [errors, details].flatMap((list) => (Array.isArray(list) ? list : []));
  const reason = reasons.map((entry) => entry?.reason).find((text) => typeof text === 'string');
  return { reason: reason ?? null, message: typeof message === 'string' ? message : '' };
}

/** Returns the value in a JSON text, or null if the text is not JSON. */
function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

function readXml(body: unknown): Omit<Answer, 'status'> | null {
  if (typeof body !== 'string') return null;
  const elementOf = (name: string): string | null =>
    new RegExp(`<${name}>([^<]*)</${name}>`).exec(body)?.[1]?.trim() ?? null;
  const reason = elementOf('Code');
  if (reason === null) return null;
  const message = [elementOf('Message'), elementOf('Details')].filter(Boolean).join(' ');
  return { reason, message };
}
