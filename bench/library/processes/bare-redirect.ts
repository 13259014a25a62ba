import { serve } from '@hono/node-server';
import { Hono } from 'hono';

// The least that a redirect costs: Hono with one route that knows one link.
const LINK = `https://cdn.discordapp.com/attachments/1/2/clip.mp4?ex=66093420&is=6607e2a0&hm=${'3f8a1c9e7b2d4056'.repeat(4)}&`;

const app = new Hono();
app.get('/c/:file', (context) => {
  context.header('Cache-Control', 'no-store');
  return context.redirect(LINK, 302);
});
serve({ fetch: app.fetch, hostname: '127.0.0.1', port: 0 }, ({ port }) => process.send?.({ port }));
// The benchmark has ended.
process.once('disconnect', () => process.exit());
