// What scripts/start.mjs does once everything is set up.
import { main } from '../../src/local/main.ts';

await main();
