import { parseArgs } from 'node:util';
import { loadConfig, withDefaultTemporal } from '../config.ts';
import { usedMarginMs } from '../config/demo.ts';
import { linesOfError } from '../lines-of-error.ts';
import { connectionFault, openClient } from '../temporal/connect.ts';
import { describeCallFault } from './call-fault.ts';
import { readStatus } from './read-status.ts';
import { formatScreen } from './screen.ts';

// `npm run status`: prints one screen. All data comes from Temporal.
try {
  parseArgs({});
  const config = loadConfig();
  const client = await openClient(withDefaultTemporal(config)).catch(async (error: unknown) => {
    throw await connectionFault(error, config);
  });
  const options = { marginMs: usedMarginMs(config), taskQueue: config.taskQueue };
  const status = await readStatus(client, options).catch((error: unknown) => {
    throw describeCallFault(error, withDefaultTemporal(config));
  });
  console.log(formatScreen(status));
  process.exit(0);
} catch (error) {
  console.error(linesOfError(error).join('\n'));
  process.exit(1);
}
