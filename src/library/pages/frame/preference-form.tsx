import type { Child } from 'hono/jsx';
import { PREFERENCES_PATH } from '../../paths.ts';

/** A form whose buttons change preferences. It works without a script, and then shows the same page again. */
export function PreferenceForm({ id, children }: { id?: string; children?: Child }) {
  return (
    <form {...(id !== undefined && { id })} action={PREFERENCES_PATH} method="post">
      {children}
    </form>
  );
}
