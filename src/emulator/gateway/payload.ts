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

/** A payload from a client. */
export type ClientPayload =
  | { readonly op: GatewayOpcodes.Heartbeat }
  | { readonly op: GatewayOpcodes.Identify; readonly d: Identify }
  | { readonly op: GatewayOpcodes.Resume; readonly d: Resume }
  | { readonly op: 'other' };

/** Parses a payload. Returns null if the payload is invalid JSON or lacks a field that the opcode needs. */
export function parsePayload(text: string): ClientPayload | null {
  const payload = parseJson(text);
  if (!isObject(payload)) return null;
  const { op, d } = payload;
  if (op === GatewayOpcodes.Heartbeat) return { op };
  if (op !== GatewayOpcodes.Identify && op !== GatewayOpcodes.Resume) return { op: 'other' };
  if (!isObject(d) || typeof d.token !== 'string') return null;
  const token = d.token;
  if (op === GatewayOpcodes.Identify) {
    return typeof d.intents === 'number' ? { op, d: { token, intents: d.intents } } : null;
  }
  const { session_id, seq } = d;
  if (typeof session_id !== 'string' || typeof seq !== 'number') return null;
  return { op, d: { token, session_id, seq } };
}

/** Sends a payload that is not an event. Events are sent by a session, which numbers them. */
export function sendPayload(client: WebSocket, op: GatewayOpcodes, d: unknown): void {
  client.send(JSON.stringify({ op, d, s: null, t: null }));
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}
