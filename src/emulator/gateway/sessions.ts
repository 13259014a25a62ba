import {
  GatewayCloseCodes,
  GatewayDispatchEvents,
  GatewayIntentBits,
  GatewayOpcodes,
} from 'discord-api-types/v10';
import type { WebSocket } from 'ws';
import type { EmulatorContext } from '../context.ts';
import type { WorldEvent } from '../world/model.ts';
import { presentReady, toDispatch } from './events.ts';
import { sendPayload, type Identify, type Resume } from './payload.ts';
import { Session } from './session.ts';

/** How long after a disconnect a client can resume its session. Discord's docs say "a few minutes". */
const SESSION_LIFETIME_MS = 180_000;

/** All sessions, in memory only. A restart of the emulator ends all sessions. */
export class Sessions {
  readonly #context: EmulatorContext;
  readonly #token: string;
  readonly #byId = new Map<string, Session>();

  constructor(context: EmulatorContext, token: string) {
    this.#context = context;
    this.#token = token;
  }

  /** Dispatches an event to each session. A disconnected session keeps the event for a RESUME. */
  publish(event: WorldEvent): void {
    for (const session of this.#byId.values()) {
      if (session.detachedMs > SESSION_LIFETIME_MS) this.forget(session);
      else this.#dispatch(session, event);
    }
  }

  /**
   * Starts a session. Sends READY, then one GUILD_CREATE for each guild.
   * @returns null if the IDENTIFY is refused or gets no answer; if it is refused, the connection is closed
   */
  identify(client: WebSocket, { token, intents }: Identify): Session | null {
    const { state, hasContentIntent, quirks } = this.#context;
    const bot = state.findBot();
    if (token !== this.#token || bot === null) {
      client.close(GatewayCloseCodes.AuthenticationFailed, 'Authentication failed.');
      return null;
    }
    if (intents & GatewayIntentBits.MessageContent && !hasContentIntent()) {
      client.close(GatewayCloseCodes.DisallowedIntents, 'Disallowed intent(s).');
      return null;
    }
    if (quirks.identifyUnanswered) return null;
    const session = new Session(intents);
    this.#byId.set(session.id, session);
    session.attach(client);
    session.dispatch(GatewayDispatchEvents.Ready, presentReady(this.#context, bot, session.id));
    for (const guild of state.guilds.values()) {
      if (state.hasBotIn(guild.id)) this.#dispatch(session, { type: 'guildCreate', guild });
    }
    return session;
  }

  /**
   * Resumes a session. Sends the missed events, then RESUMED.
   * @returns null if the session can't be resumed; the client then gets INVALID_SESSION and may send an
   * IDENTIFY on the same connection
   */
  resume(client: WebSocket, { token, session_id: id, seq }: Resume): Session | null {
    if (token !== this.#token) {
      client.close(GatewayCloseCodes.AuthenticationFailed, 'Authentication failed.');
      return null;
    }
    const session = this.#byId.get(id);
    const isAlive = session !== undefined && session.detachedMs <= SESSION_LIFETIME_MS;
    if (!isAlive || !session.canReplay(seq) || this.#context.quirks.resumeNeverWorks) {
      sendPayload(client, GatewayOpcodes.InvalidSession, false);
      return null;
    }
    session.attach(client);
    session.replay(seq);
    session.dispatch(GatewayDispatchEvents.Resumed, {});
    return session;
  }

  /** Sends an event unchanged to each session, even if Discord would not send the event. */
  sendAsIs(type: string, data: unknown): void {
    for (const session of this.#byId.values()) session.dispatch(type, data);
  }

  forget(session: Session): void {
    this.#byId.delete(session.id);
  }

  clear(): void {
    this.#byId.clear();
  }

  #dispatch(session: Session, event: WorldEvent): void {
    const dispatch = toDispatch(this.#context, event, session.intents);
    if (dispatch !== null) session.dispatch(dispatch.type, dispatch.data);
  }
}
