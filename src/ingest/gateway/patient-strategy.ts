import { once } from 'node:events';
import { SimpleShardingStrategy, WebSocketShardEvents } from 'discord.js';

/** The text of `ws` for a server that answers an upgrade with another status than 101. */
const OTHER_STATUS = /^Unexpected server response: (\d{3})$/;

/**
 * Connects to the gateway like discord.js, but a fault of the network doesn't end the login. The shard connects again by
 * itself after each such fault. If the first connection fails, discord.js would nevertheless report that the login has
 * failed, unless the fault is one of the four that it knows, such as ECONNREFUSED.
 */
export class PatientStrategy extends SimpleShardingStrategy {
  override async connect(): Promise<void> {
    let attempt = (): Promise<void> => super.connect();
    for (;;) {
      try {
        await attempt();
        return;
      } catch (error) {
        if (!isPassing(error)) throw error;
        attempt = () => this.#untilReady();
      }
    }
  }

  /** @throws the error of a shard, for example if Discord rejects the token */
  async #untilReady(): Promise<void> {
    const { manager } = this as unknown as { manager: Parameters<typeof once>[0] };
    await once(manager, WebSocketShardEvents.Ready).catch((event: unknown) => {
      throw (event as { error?: unknown }).error ?? event;
    });
  }
}

/**
 * True if the gateway answered with an HTTP status that says that it is overloaded or away, or if Node reported a fault
 * of the connection. The errors for which discord.js does not connect again have no code.
 */
function isPassing(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const status = Number(OTHER_STATUS.exec(error.message)?.[1]);
  return status === 429 || status >= 500 || typeof (error as { code?: unknown }).code === 'string';
}
