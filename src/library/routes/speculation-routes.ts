import { Hono } from 'hono';
import { REVALIDATE } from '../http/headers.ts';
import { sendTagged } from '../http/respond.ts';

export const SPECULATION_RULES_PATH = '/speculation-rules.json';

/**
 * Browsers load the page of a clip before it is opened, when the pointer rests on its link. They never run it, because a
 * page that runs may load its video. https://developer.mozilla.org/docs/Web/API/Speculation_Rules_API
 */
const RULES = {
  prefetch: [
    {
      source: 'document',
      where: {
        and: [{ href_matches: '/c/*' }, { not: { selector_matches: '[rel~=nofollow]' } }],
      },
      eagerness: 'moderate',
    },
  ],
};

/** The file that the header `Speculation-Rules` names. */
export function createSpeculationRoutes(): Hono {
  const app = new Hono();
  const contentType = 'application/speculationrules+json';
  app.get(SPECULATION_RULES_PATH, (c) =>
    sendTagged(c, JSON.stringify(RULES), { contentType, cacheControl: REVALIDATE }),
  );
  return app;
}
