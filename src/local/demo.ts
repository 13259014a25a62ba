import { loadConfig } from '../config.ts';
import { createLogger } from '../log.ts';
import { runUntilSignal } from '../run-until-signal.ts';
import { startDemoDiscord } from './demo-discord.ts';

// Runs only the demo Discord, at DEMO_DISCORD_URL, for a worker and ingest in other containers.
await runUntilSignal(async () => {
  const config = loadConfig();
  const log = createLogger(config.logLevel, 'demo');
  if (config.demoDiscordUrl === null) {
    throw new Error(
      'DEMO_DISCORD_URL is missing: set it to the URL at which the worker and ingest reach the demo Discord',
    );
  }
  const demo = await startDemoDiscord(config, log, config.demoDiscordUrl);
  demo.startPosting();
  await demo.historyPosted;
  log.info(
    `the demo Discord runs at ${config.demoDiscordUrl}; channel ${demo.backfillChannelId} has a history to backfill`,
  );
  let markStopped: () => void = () => undefined;
  const stopped = new Promise<void>((resolve) => {
    markStopped = resolve;
  });
  return { stopped, stop: () => void demo.stop().then(markStopped) };
}, 'demo');
