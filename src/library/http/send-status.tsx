import type { Context } from 'hono';
import { StatusPage } from '../pages/status-page.tsx';
import { isDataPath } from './data-paths.ts';
import { sendJson, sendPage } from './respond.ts';

type StatusPageProps = Parameters<typeof StatusPage>[0];

/**
 * Says in a few sentences why there is no page, or in `{"error": "…"}` if a program asked. `status` is not 200.
 */
export async function sendStatus(
  c: Context,
  page: StatusPageProps,
  { status, headers = {} }: { status: number; headers?: Record<string, string> },
): Promise<Response> {
  if (!isDataPath(c.req.path)) return await sendPage(c, StatusPage(page), { status, headers });
  const response = await sendJson(c, { error: page.sentences.join(' ') }, status);
  for (const [name, value] of Object.entries(headers)) response.headers.set(name, value);
  return response;
}
