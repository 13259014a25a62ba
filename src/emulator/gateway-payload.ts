import { GatewayOpcodes } from 'discord-api-types/v10';
import type { WebSocket } from 'ws';

export interface Identify {
  readonly token: string;
  readonly intents: number;
}

export interface Resume {
  readonly token: string;
  readonly session_id: string;
  readonly seq: number;
}

/** What a client says. */
export type ClientPayload =
  | { readonly op: GatewayOpcodes.Heartbeat }
  | { readonly op: GatewayOpcodes.Identify; readonly d: Identify }
  | { readonly op: GatewayOpcodes.Resume; readonly d: Resume }
  | { readonly op: 'other' };

/** Reads a payload; undefined where it is no JSON, or lacks what its opcode needs. */
export function parsePayload(text: string): ClientPayload | undefined {
  const payload = parseJson(text);
  if (!isObject(payload)) return undefined;
  const { op, d } = payload;
  if (op === GatewayOpcodes.Heartbeat) return { op };
  if (op !== GatewayOpcodes.Identify && op !== GatewayOpcodes.Resume) return { op: 'other' };
  if (!isObject(d) || typeof d.token !== 'string') return undefined;
  const token = d.token;
  if (op === GatewayOpcodes.Identify) {
    return typeof d.intents === 'number' ? { op, d: { token, intents: d.intents } } : undefined;
  }
  const { session_id, seq } = d;
  if (typeof session_id !== 'string' || typeof seq !== 'number') return undefined;
  return { op, d: { token, session_id, seq } };
}

/** Says something that is no event: events are numbered, and sent by their session. */
export function sendPayload(client: WebSocket, op: GatewayOpcodes, d: unknown): void {
  client.send(JSON.stringify({ op, d, s: null, t: null }));
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}
