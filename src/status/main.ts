import { loadConfig, withDefaultTemporal } from '../config.ts';
import { usedMarginMs } from '../config/demo.ts';
import { messageOf } from '../errors.ts';
import { connectionFault, openClient } from '../temporal/connect.ts';
import { readStatus } from './read-status.ts';
import { formatScreen } from './screen.ts';

// `npm run status`: prints one screen. All data comes from Temporal.
try {
  const config = loadConfig();
  const client = await openClient(withDefaultTemporal(config)).catch(async (error: unknown) => {
    throw await connectionFault(error, config);
  });
  console.log(formatScreen(await readStatus(client, { marginMs: usedMarginMs(config) })));
  process.exit(0);
} catch (error) {
  console.error(messageOf(error));
  process.exit(1);
}
