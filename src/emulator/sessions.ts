import {
  GatewayCloseCodes,
  GatewayDispatchEvents,
  GatewayIntentBits,
  GatewayOpcodes,
} from 'discord-api-types/v10';
import type { WebSocket } from 'ws';

import { ready, toDispatch } from './gateway-events.ts';
import { sendPayload, type Identify, type Resume } from './gateway-payload.ts';
import type { RestContext } from './routes.ts';
import { Session } from './session.ts';
import type { WorldEvent } from './world-event.ts';

/**
 * How long a session without a connection can be resumed. Discord's documentation leaves it open.
 */
const SESSION_LIFETIME_MS = 180_000;

/** All sessions, in memory only: a restarted emulator knows none, as Discord may forget any. */
export class Sessions {
  readonly #context: RestContext;
  readonly #token: string;
  readonly #byId = new Map<string, Session>();

  constructor(context: RestContext, token: string) {
    this.#context = context;
    this.#token = token;
  }

  /**
   * Tells every session what it may hear of an event, the ones without a connection when they
   * resume.
   */
  publish(event: WorldEvent): void {
    for (const session of this.#byId.values()) {
      if (session.detachedMs > SESSION_LIFETIME_MS) this.forget(session);
      else this.#tell(session, event);
    }
  }

  /**
   * Begins a session: READY, then GUILD_CREATE for each guild.
   * @returns undefined where the client was turned away, by a close code
   */
  identify(client: WebSocket, { token, intents }: Identify): Session | undefined {
    const { state, hasContentIntent } = this.#context;
    const bot = state.users.get(state.settings?.botId ?? '');
    if (token !== this.#token || bot === undefined) {
      client.close(GatewayCloseCodes.AuthenticationFailed, 'Authentication failed.');
      return undefined;
    }
    if (intents & GatewayIntentBits.MessageContent && !hasContentIntent()) {
      client.close(GatewayCloseCodes.DisallowedIntents, 'Disallowed intent(s).');
      return undefined;
    }
    const session = new Session(intents);
    this.#byId.set(session.id, session);
    session.attach(client);
    session.dispatch(GatewayDispatchEvents.Ready, ready(this.#context, bot, session.id));
    for (const guild of state.guilds.values()) this.#tell(session, { type: 'guildCreate', guild });
    return session;
  }

  /**
   * Goes on with a session: what was missed, then RESUMED.
   * @returns undefined where there is nothing to resume: the client hears so and may identify on
   * the same connection
   */
  resume(client: WebSocket, { token, session_id: id, seq }: Resume): Session | undefined {
    if (token !== this.#token) {
      client.close(GatewayCloseCodes.AuthenticationFailed, 'Authentication failed.');
      return undefined;
    }
    const session = this.#byId.get(id);
    const isAlive = session !== undefined && session.detachedMs <= SESSION_LIFETIME_MS;
    if (!isAlive || !session.canReplay(seq) || this.#context.quirks.resumeNeverWorks) {
      sendPayload(client, GatewayOpcodes.InvalidSession, false);
      return undefined;
    }
    session.attach(client);
    session.replay(seq);
    session.dispatch(GatewayDispatchEvents.Resumed, {});
    return session;
  }

  forget(session: Session): void {
    this.#byId.delete(session.id);
  }

  clear(): void {
    this.#byId.clear();
  }

  #tell(session: Session, event: WorldEvent): void {
    const dispatch = toDispatch(this.#context, event, session.intents);
    if (dispatch !== undefined) session.dispatch(dispatch.type, dispatch.data);
  }
}
