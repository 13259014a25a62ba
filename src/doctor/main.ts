import { parseArgs } from 'node:util';
import { ConfigError, loadConfig } from '../config.ts';
import { linesOfError } from '../lines-of-error.ts';
import { keepFilesPrivate } from '../private-files.ts';
import { collectFindings } from './collect-findings.ts';
import { findingsAsJson, formatFindings } from './finding.ts';

// `npm run doctor [-- --json]`: exits 0 if Everclip can run, else 1.
keepFilesPrivate();
try {
  const { values } = parseArgs({ options: { json: { type: 'boolean' } } });
  const findings = await collectFindings(loadConfig());
  console.log(values.json ? findingsAsJson(findings) : formatFindings(findings));
  process.exit(findings.some(({ state }) => state === 'fault') ? 1 : 0);
} catch (error) {
  if (!(error instanceof ConfigError)) throw error;
  console.error(linesOfError(error).join('\n'));
  process.exit(1);
}
