import { setTimeout as pause } from 'node:timers/promises';
import { Events } from 'discord.js';
import { GatewayCloseCodes } from 'discord-api-types/v10';
import { isSnowflake } from '../clip/snowflake.ts';
import { clipRulesOf, requireToken, type Config } from '../config.ts';
import { connectDiscord } from '../connect-discord.ts';
import { warnOfGuilds, warnOfMissingGuilds } from '../discord/guilds.ts';
import type { Get } from '../discord/rest-client.ts';
import { waitForDiscord } from '../discord/wait-for-discord.ts';
import { messageOf } from '../errors.ts';
import { createLogLimit } from '../log-limit.ts';
import type { Logger } from '../log.ts';
import type { Metrics } from '../metrics.ts';
import type { Running } from '../run-until-signal.ts';
import { connectClient } from '../temporal/connect.ts';
import { createClipWorkflows } from './clip-workflows.ts';
import { createLateDeletions } from './deletions/late-deletions.ts';
import { createOnPlaceDeletion } from './deletions/place-deletions.ts';
import { reportDeletion } from './deletions/report-deletion.ts';
import { createEdits } from './edits.ts';
import { createEventQueue } from './event-queue.ts';
import { mayChangeChannels, metricTypeOf, type GatewayEvent } from './gateway-event.ts';
import { checkGateway } from './gateway/check.ts';
import { createGatewayClient } from './gateway/client.ts';
import { logIn, logOut } from './gateway/login.ts';
import { createOutageLog } from './gateway/outage-log.ts';
import { isFatalClose, loginFault } from './login-fault.ts';
import { createOnMessage, type StrippedMessage } from './on-message.ts';
import { createArchiveProbe } from './sweeps/archived-threads.ts';
import { connectSweeps } from './sweeps/connect-sweeps.ts';
import { createLateSweeps } from './sweeps/late-sweeps.ts';
import { sweepChannel } from './sweeps/sweep-channel.ts';
import { createWatchStart } from './sweeps/watch-start.ts';
import { watchClips } from './watch-clips.ts';
import { watchHeartbeats } from './watch-heartbeats.ts';
import { watchRefreshes } from './watch-refreshes.ts';
import { createWatchedChannels, type WatchedChannel } from './watched-channels.ts';

/** How long a stopping process waits for Temporal to accept the remaining events, in milliseconds. */
const MAX_DRAIN_MS = 10_000;

/**
 * Listens to Discord's gateway and starts a workflow for every new clip. If Discord does not answer, waits until
 * Discord answers or `signal` aborts. `get` is the REST client of this process.
 * @throws Error with one sentence if the start fails
 * @throws an AbortError if `signal` aborts during the start
 */
export async function startIngest(
  config: Config,
  log: Logger,
  metrics: Metrics,
  signal?: AbortSignal,
  get: Get = connectDiscord(config, log, metrics),
): Promise<Running> {
  const token = requireToken(config);
  const { discordApiUrl: apiUrl } = config;
  await waitForDiscord(() => checkGateway(get), { apiUrl, log, signal });
  const temporal = await connectClient(config, log);
  const discord = createGatewayClient(config, log, get);
  const channels = createWatchedChannels(discord, get, config);
  const queue = createEventQueue(log);
  const isArchiveListed = createArchiveProbe(get);
  const findWatchStart = createWatchStart(temporal, config.taskQueue);
  const sweepNow = (channel: WatchedChannel): Promise<void> =>
    sweepChannel(temporal, config.taskQueue, channel, isArchiveListed, findWatchStart);
  const sweeps = connectSweeps({ config, log, temporal, get, channels, queue, sweepNow });
  const lateSweeps = createLateSweeps({
    channels,
    queue,
    sweepChannel: sweepNow,
  });
  const clips = createClipWorkflows(temporal, config.taskQueue, log, metrics);
  const lateDeletions = createLateDeletions({ queue, clips });
  const onMessage = createOnMessage({
    channels,
    clips,
    clipRules: clipRulesOf(config),
    onStripped,
    onDeleted: (messageId) => {
      lateDeletions.add(messageId);
    },
  });
  const onPlaceDeletion = createOnPlaceDeletion({
    channels,
    reportDeletion: (place) => reportDeletion(temporal, config.taskQueue, place),
  });
  const edits = createEdits({
    queue,
    createWorks: (event) => [...onMessage(event), ...onPlaceDeletion(event)],
  });
  const limit = createLogLimit();
  const outage = createOutageLog(log);
  const { promise: stopped, resolve, reject } = createDeferred();
  // Mark the rejection as handled, because the gateway may close before anyone awaits `stopped`. Callers that await
  // `stopped` still see the rejection.
  stopped.catch(() => undefined);

  function onStripped({ messageId, channelId, guildId }: StrippedMessage): void {
    metrics.contentMissing('gateway');
    if (isSnowflake(messageId)) lateSweeps.request(channelId, messageId, guildId);
    const text = 'Discord sent a message without its text and attachments; a sweep reads it later';
    log[limit.mayLog(text) ? 'warn' : 'debug']({ message: messageId, channel: channelId }, text);
  }

  /**
   * Never throws. discord.js calls this function in a promise that nobody awaits, so an error would end the process.
   */
  function handleEvent(event: GatewayEvent): void {
    guard(event.t, () => {
      metrics.gatewayEvent(metricTypeOf(event));
      edits.handle(event);
      if (!mayChangeChannels(event)) return;
      // discord.js updates its cache after it has emitted the raw event.
      setImmediate(() => {
        guard(event.t, () => {
          channels.forget(event);
          sweeps.sweepNewlyReadable();
        });
      });
    });
  }

  function guard(event: unknown, handle: () => void): void {
    try {
      handle();
    } catch (error) {
      const reason = messageOf(error);
      const level = limit.mayLog(`${String(event)} ${reason}`) ? 'warn' : 'debug';
      log[level]({ event, reason }, 'dropped a malformed gateway event');
    }
  }

  function warnOfOtherGuilds(): void {
    const warning = warnOfGuilds([...discord.guilds.cache.values()], config);
    if (warning !== null) log.warn({ guilds: discord.guilds.cache.size }, warning);
  }

  function warnOfWrongBounds(): void {
    const warning = warnOfMissingGuilds([...discord.guilds.cache.values()], config.guildIds);
    if (warning !== null) log.warn(warning);
  }

  discord.on('raw', handleEvent as never);
  // Discord resends missed events to a resumed session, but not to a new session. So only a new session needs sweeps.
  discord.on(Events.ShardReady, (shard) => {
    metrics.ready(true);
    outage.over();
    log.info({ shard }, 'listening to Discord');
    warnOfOtherGuilds();
    warnOfWrongBounds();
    guard('READY', () => {
      sweeps.sweepAll();
    });
  });
  // The bot was invited to a guild while it is logged in.
  discord.on(Events.GuildCreate, warnOfOtherGuilds);
  discord.on(Events.ShardResume, () => {
    metrics.ready(true);
    outage.over();
  });
  discord.on(Events.ShardReconnecting, (shard) => {
    metrics.ready(false);
    outage.fault({ shard }, 'gateway connection lost; reconnecting');
  });
  discord.on(Events.ShardError, (error, shard) => {
    outage.fault({ shard, reason: error.message }, 'gateway error');
  });
  discord.on(Events.ShardDisconnect, ({ code }) => {
    if (isFatalClose(code)) reject(loginFault(code));
  });
  discord.on(Events.Invalidated, () => {
    reject(loginFault(GatewayCloseCodes.AuthenticationFailed));
  });
  await logIn(discord, token, signal).catch(async (error: unknown) => {
    await temporal.connection.close();
    throw error;
  });
  const stopWatching = [
    watchClips(temporal, metrics, log),
    watchHeartbeats(discord, metrics),
    watchRefreshes(temporal, log, { marginMs: config.refreshMarginMs }),
  ];
  return {
    stopped,
    stop() {
      metrics.ready(false);
      for (const stop of stopWatching) stop();
      lateSweeps.stop();
      lateDeletions.stop();
      edits.flush();
      void logOut(discord)
        // If Temporal does not accept an event within this time, the sweeps after the next start find the event's
        // clips.
        .then(() => Promise.race([queue.idle(), pause(MAX_DRAIN_MS, undefined, { ref: false })]))
        .then(() => {
          queue.end();
        })
        .then(() => temporal.connection.close())
        .then(resolve, reject);
    },
  };
}

/** Creates a promise and the functions that settle it. Node 20 has no Promise.withResolvers. */
function createDeferred(): {
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
