import { loadConfig } from '../config.ts';
import { createLogger } from '../log.ts';
import { runUntilSignal } from '../run-until-signal.ts';
import { startDemoDiscord } from './demo-discord.ts';

// The demo Discord alone, for worker and ingest in other containers: at DEMO_DISCORD_URL.
await runUntilSignal(async () => {
  const config = loadConfig();
  const log = createLogger(config.logLevel, 'demo');
  if (config.demoDiscordUrl === null)
    throw new Error('DEMO_DISCORD_URL is missing: set it to where others reach the demo');
  const demo = await startDemoDiscord(config, log, config.demoDiscordUrl);
  log.info(
    `a demo Discord at ${config.demoDiscordUrl}; channel ${demo.backfillChannelId} has a history`,
  );
  demo.play();
  let stopped!: () => void;
  return {
    stopped: new Promise<void>((resolve) => {
      stopped = resolve;
    }),
    stop: () => void demo.stop().then(stopped),
  };
}, 'demo');
