import { setTimeout as pause } from 'node:timers/promises';
import { Client as Discord, Events, GatewayIntentBits, Options } from 'discord.js';
import { requireToken, type Config } from '../config.ts';
import { meterRest } from '../discord/meter-rest.ts';
import type { Logger } from '../log.ts';
import type { Metrics } from '../metrics.ts';
import type { Running } from '../run-until-signal.ts';
import { connectClient } from '../temporal/connect.ts';
import { recentlyArchived } from './archived-threads.ts';
import { createClipWorkflows } from './clip-workflows.ts';
import { endSweep, isUnwatched, sweptChannels } from './end-sweeps.ts';
import { createEventQueue } from './event-queue.ts';
import { loginFault } from './login-fault.ts';
import { createOnMessage, type GatewayEvent } from './on-message.ts';
import { createPlaces } from './watched-channels.ts';
import { sweepChannel } from './sweep-channel.ts';
import { createSweeps } from './sweeps.ts';
import { watchClips } from './watch-clips.ts';
import { watchHeartbeats } from './watch-heartbeats.ts';

/** discord.js gives up on a gateway that rejects the bot for good; then this process must end too. */
const FATAL_CLOSE_CODES = [4004, 4010, 4011, 4012, 4013, 4014];

/**
 * Events after which a channel may be readable that wasn't: raw, because discord.js emits no event of
 * its own where it didn't know the channel.
 */
const MAY_OPEN_CHANNELS =
  /^(CHANNEL|THREAD|GUILD|GUILD_ROLE|GUILD_MEMBER)_(CREATE|UPDATE|DELETE|LIST_SYNC)$/;

/** How long events may wait for Temporal after this process was told to stop. */
const LONGEST_DRAIN_MS = 10_000;

/** Listens to Discord's gateway and starts a clip workflow for every new clip. */
export async function startIngest(config: Config, log: Logger, metrics: Metrics): Promise<Running> {
  const token = requireToken(config);
  const temporal = await connectClient(config, log);
  const discord = new Discord({
    intents: [
      GatewayIntentBits.Guilds,
      GatewayIntentBits.GuildMessages,
      GatewayIntentBits.MessageContent,
    ],
    rest: { api: config.discordApiUrl },
    // Messages are read from the raw events; nothing of them is kept.
    makeCache: Options.cacheWithLimits({
      ...Options.DefaultMakeCacheSettings,
      MessageManager: 0,
      GuildMemberManager: {
        maxSize: 1,
        keepOverLimit: (member) => member.id === member.client.user.id,
      },
    }),
  });
  meterRest(discord.rest, metrics);
  const places = createPlaces(discord, config.channelIds);
  const clips = createClipWorkflows(temporal, config.taskQueue, log, metrics);
  const onMessage = createOnMessage({ places, clips, clipTypes: config.clipTypes });
  const queue = createEventQueue(log);
  const sweeps = createSweeps({
    ...{ places, queue, log },
    sweep: (channel) => sweepChannel(temporal, config.taskQueue, channel),
    archivedThreads: (channelId) => recentlyArchived(discord, channelId, Date.now()),
    swept: () => sweptChannels(temporal, config.taskQueue),
    async endUnlessWatched(channelId) {
      if (!(await isUnwatched(discord, config.channelIds, channelId))) return;
      await endSweep(temporal, channelId);
      log.info({ channelId }, 'no longer watched: its sweep ends');
    },
  });
  const { promise: stopped, resolve, reject } = deferred();
  // The gateway may be lost for good before anybody listens; who does hears of it all the same.
  stopped.catch(() => undefined);
  let stopping = false;

  discord.on('raw', ((event: GatewayEvent) => {
    metrics.gatewayEvent(event.t ?? 'other');
    for (const work of onMessage(event)) queue.add(work);
    // Once discord.js has taken the event in.
    if (MAY_OPEN_CHANNELS.test(event.t ?? ''))
      setImmediate(() => {
        sweeps.news();
      });
  }) as never);
  // Fires for each new session, and not for a resumed one: what came in between is in the history alone.
  discord.on(Events.ShardReady, (shard) => {
    metrics.ready(true);
    log.info({ shard }, 'listening to Discord');
    sweeps.all();
  });
  discord.on(Events.ShardResume, () => {
    metrics.ready(true);
  });
  discord.on(Events.ShardReconnecting, (shard) => {
    metrics.ready(false);
    if (!stopping) log.warn({ shard }, 'the gateway is gone, connecting again');
  });
  discord.on(Events.ShardError, (error, shard) =>
    log.warn({ shard, reason: error.message }, 'gateway error'),
  );
  discord.on(Events.Error, (error) => log.warn({ reason: error.message }, 'discord.js error'));
  discord.on(Events.ShardDisconnect, ({ code }) => {
    if (FATAL_CLOSE_CODES.includes(code)) reject(loginFault(code));
  });
  discord.on(Events.Invalidated, () => reject(loginFault(4004)));
  await discord.login(token).catch(async (error: unknown) => {
    await discord.destroy();
    await temporal.connection.close();
    throw loginFault(error);
  });
  const unwatch = [watchClips(temporal, metrics, log), watchHeartbeats(discord, metrics)];
  return {
    stopped,
    stop() {
      stopping = true;
      metrics.ready(false);
      for (const end of unwatch) end();
      void discord
        .destroy()
        // What Temporal doesn't take in this time, the sweep finds at the next start.
        .then(() =>
          Promise.race([queue.idle(), pause(LONGEST_DRAIN_MS, undefined, { ref: false })]),
        )
        .then(() => temporal.connection.close())
        .then(resolve, reject);
    },
  };
}

function deferred(): {
  promise: Promise<void>;
  resolve: () => void;
  reject: (error: unknown) => void;
} {
  let resolve!: () => void;
  let reject!: (error: unknown) => void;
  const promise = new Promise<void>((onResolve, onReject) => {
    resolve = onResolve;
    reject = onReject;
  });
  return { promise, resolve, reject };
}
