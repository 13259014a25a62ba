import { startDevServer, type Server } from './dev-server.ts';
import { connectToServer, parseExternalServer } from './external-server.ts';

/**
 * Starts a dev server in `folder`, or connects to the external server that this process's arguments describe.
 */
export async function startServer(folder: string, workflowBundle: string): Promise<Server> {
  const external = parseExternalServer(process.argv);
  return external === null
    ? await startDevServer(folder, workflowBundle)
    : await connectToServer(external, workflowBundle);
}
