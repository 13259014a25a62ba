import { pino } from 'pino';
import { startCatalogProcess } from '../../../src/catalog/pglite/start-catalog-process.ts';
import { programEnvironment } from '../../../src/config/program-environment.ts';

// Starts the catalog's process in the folder of the first argument, prints its pid, and runs until it is killed.
const running = await startCatalogProcess({
  dataDir: process.argv[2] ?? '',
  environment: programEnvironment(),
  log: pino({ level: 'silent' }),
});
console.log(running.pid);
