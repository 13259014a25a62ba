import { loadConfig, withDefaultTemporal } from '../config.ts';
import { absentTemporal, openClient, temporalTarget } from '../temporal/connect.ts';
import { readStatus } from './read-status.ts';
import { screenOf } from './screen.ts';

// `npm run status`: one screen, from Temporal alone.
try {
  const config = withDefaultTemporal(loadConfig());
  const client = await openClient(config).catch((error: unknown) => {
    throw absentTemporal(temporalTarget(config).address, error);
  });
  console.log(screenOf(await readStatus(client)));
  process.exit(0);
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exit(1);
}
