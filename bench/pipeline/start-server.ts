import { devServer } from './dev-server.ts';
import { externalOf, externalServer } from './external-server.ts';
import type { Server } from './server.ts';

/** A dev server in `folder`, or the server that the arguments name. */
export async function startServer(folder: string, workflowBundle: string): Promise<Server> {
  const external = externalOf(process.argv);
  return external
    ? await externalServer(external, workflowBundle)
    : await devServer(folder, workflowBundle);
}
