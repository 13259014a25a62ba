import { ConfigError, loadConfig, withDefaultTemporal } from '../config.ts';
import { examine } from './collect-findings.ts';
import { reportOf } from './report.ts';

// `npm run doctor [-- --json]`: exits 0 where nothing keeps Everclip from running.
try {
  const findings = await examine(withDefaultTemporal(loadConfig()));
  console.log(
    process.argv.includes('--json') ? JSON.stringify(findings, null, 2) : reportOf(findings),
  );
  process.exit(findings.some(({ state }) => state === 'fault') ? 1 : 0);
} catch (error) {
  if (!(error instanceof ConfigError)) throw error;
  console.error(error.message);
  process.exit(1);
}
