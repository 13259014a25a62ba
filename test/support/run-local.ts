// Does what scripts/start.mjs does after its setup.
import { main } from '../../src/local/main.ts';

await main();
