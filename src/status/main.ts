import { parseArgs } from 'node:util';
import { loadConfig, withDefaultTemporal } from '../config.ts';
import { usedMarginMs } from '../config/demo.ts';
import { messageOf } from '../errors.ts';
import { linesOfError } from '../lines-of-error.ts';
import { createBucket } from '../store/bucket.ts';
import { readAudits } from '../store/read-audits.ts';
import { connectionFault, openClient, temporalTarget } from '../temporal/connect.ts';
import { describeCallFault } from './call-fault.ts';
import { describeAudits } from './describe-audits.ts';
import { readLibraryStatus } from './library-status.ts';
import { readStatus } from './read-status.ts';
import { formatScreen } from './screen.ts';

// `npm run status`: prints one screen. The data comes from Temporal, the library, the catalog's database and the
// bucket.
try {
  parseArgs({});
  const config = loadConfig();
  const temporal = withDefaultTemporal(config);
  const client = await openClient(temporal).catch(async (error: unknown) => {
    throw await connectionFault(error, config);
  });
  const options = { marginMs: usedMarginMs(config), taskQueue: config.taskQueue };
  const [status, library, reports] = await Promise.all([
    readStatus(client, options).catch((error: unknown) => {
      throw describeCallFault(error, temporal);
    }),
    readLibraryStatus(config),
    readAudits(createBucket(config)).then(
      (found) => describeAudits(found, config),
      (error: unknown) => [`the reports of audits cannot be read: ${messageOf(error)}`],
    ),
  ]);
  console.log(formatScreen(status, { temporal: temporalTarget(temporal), library, reports }));
  process.exit(0);
} catch (error) {
  console.error(linesOfError(error).join('\n'));
  process.exit(1);
}
