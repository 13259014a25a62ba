import {
  archiveOrReviveThread,
  deleteInBulk,
  deleteMessage,
  editMessage,
  openThread,
  post,
} from './club/actions.ts';
import { CLIP_FORMS } from './club/posts.ts';
import { pause, until } from '../wait.ts';
import {
  checkLedger,
  refreshAll,
  resultOf,
  revisions,
  runFault,
  settle,
  type Week,
  type WeekResult,
} from './run-seed.ts';
import { trueClips } from './truth/true-clips.ts';
import { DISCORD_FAULTS, PROCESS_FAULTS, renewSession } from './trouble/faults.ts';

/** A clip needs up to a minute for a picture if other test files use the same cores. */
const STALL_MS = 90_000;
const THREADS = 2;
const FIRST_POSTS = 4;
/** How many of the forms of clips the week has. Each costs half a second of CPU time. */
const FORMS = 11;
/** Between two actions people take at most this long, in milliseconds. */
const MAX_ACTION_MS = 150;

/**
 * A week with messages of most forms and a few faults, one after the other. Deletions are heard by ingest, because a
 * clip that only a refresh finds deleted is fetched again a minute later.
 */
export async function liveShortWeek(week: Week): Promise<WeekResult> {
  const { stack, dice } = week;
  const forms = dice.shuffle(CLIP_FORMS).slice(0, FORMS);
  const act = async (action: () => void): Promise<void> => {
    action();
    await pause(dice.between(0, MAX_ACTION_MS));
  };
  const postNext = async (): Promise<void> => {
    await act(() => post(week, forms.pop() ?? 'chatter'));
  };
  const live = async (): Promise<void> => {
    await postNext();
    await act(() => editMessage(week));
    await act(() => post(week, dice.pick(['chatter', 'picture'])));
  };

  for (let threads = 0; threads < THREADS; threads++) openThread(week);
  await stack.ingest.start();
  // Starting a worker takes more CPU time than all messages together. So the worker is late instead of killed.
  const starting = stack.worker.start();
  for (let posts = 0; posts < FIRST_POSTS; posts++) await postNext();
  await runFault(week, DISCORD_FAULTS, 'hideChannel', live);
  await starting;
  await runFault(week, DISCORD_FAULTS, 'resumeSession', async () => {
    await live();
    await act(() => deleteMessage(week));
  });
  await untilDeletionsAreHeard(week);
  await runFault(week, PROCESS_FAULTS, 'killIngest', async () => {
    await live();
    await act(() => archiveOrReviveThread(week));
    await act(() => void openThread(week));
    await live();
  });
  await runFault(week, PROCESS_FAULTS, 'killTemporal', async () => {
    await live();
    await act(() => deleteInBulk(week));
  });
  await act(() => archiveOrReviveThread(week));
  await runFault(week, DISCORD_FAULTS, 'stripContent', live);
  while (forms.length > 0) await postNext();
  await act(() => deleteMessage(week));
  await renewSession(week, live);
  checkLedger(week.club);
  const before = await revisions(week);
  await refreshAll(week);
  return resultOf(week, await settle(week, before, STALL_MS));
}

/** Waits until Temporal has been told of all deletions, because a killed ingest forgets what Temporal did not accept. */
async function untilDeletionsAreHeard({ club, look }: Week): Promise<void> {
  const deleted = new Set(
    trueClips(club)
      .filter(({ exists }) => !exists)
      .map(({ id }) => `clip-${id}`),
  );
  await until(
    'the deletions to be heard',
    async () => {
      const { executions } = await look();
      return !executions.some(
        ({ workflowId, status }) => status === 'RUNNING' && deleted.has(workflowId),
      );
    },
    STALL_MS,
  );
}
