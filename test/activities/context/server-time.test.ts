import assert from 'node:assert/strict';
import { afterEach, describe, mock, test } from 'node:test';
import type { Info } from '@temporalio/activity';
import { createActivities } from '../../../src/activities/create-activities.ts';
import { leaseOf } from '../../../src/clip/lease.ts';
import { aMessage, signedLink, without } from '../../clip/a-message.ts';
import { createFakePorts } from '../../support/fake-ports.ts';
import { aState, attempt } from '../run-activity.ts';

const HOUR_MS = 60 * 60 * 1000;
const DAY_MS = 24 * HOUR_MS;
const { now } = Date;

/** Makes the clock of this process wrong by `skewMs` until the test ends. */
function skewClock(skewMs: number): void {
  mock.method(Date, 'now', () => now() + skewMs);
}

/** Returns a link that is valid for a day from the true time, not from the time of the wrong clock. */
const freshLink = () => {
  const seconds = Math.floor(now() / 1000);
  return signedLink({ expiresAt: seconds + 86_400, issuedAt: seconds });
};

describe('a worker whose clock is wrong', () => {
  afterEach(() => mock.restoreAll());

  for (const skewMs of [DAY_MS, -DAY_MS]) {
    const clock = skewMs > 0 ? 'a day ahead' : 'a day behind';

    test(`if the clock of a worker is ${clock}, writing a record still plans the refresh in time`, async () => {
      const state = aState({ clip: { ...aState().clip, url: freshLink() } });
      const locations: [string, Partial<Info>][] = [
        ['inside the workflow task', { isLocal: true, currentAttemptScheduledTimestampMs: 1 }],
        ['as an activity', { isLocal: false, currentAttemptScheduledTimestampMs: now() }],
      ];
      for (const [where, info] of locations) {
        skewClock(skewMs);
        const { persist } = createActivities(createFakePorts());
        const input = { state, adopt: false, earlierAttempts: 0, nowMs: now() };
        const { refreshAtMs } = await attempt(persist, input, info);
        const hours = (refreshAtMs - now()) / HOUR_MS;
        assert.ok(hours > 17 && hours <= 18, `${where}: in ${hours} h`);
        mock.restoreAll();
      }
    });

    test(`if the clock of a worker is ${clock}, a link without an expiry is still refreshed after a day`, async () => {
      const clip = { ...aState().clip, url: 'https://cdn.example/x.mp4' };
      skewClock(skewMs);
      const { persist } = createActivities(createFakePorts());
      const input = { state: aState({ clip }), adopt: false, earlierAttempts: 0, nowMs: now() };
      const { refreshAtMs } = await attempt(persist, input, { isLocal: true });
      assert.ok(Math.abs(refreshAtMs - now() - DAY_MS) < 60_000);
    });

    test(`if the clock of a worker is ${clock}, a refetch still plans the next refresh in time`, async () => {
      const ports = createFakePorts();
      ports.discord.fetchMessage = async () => {
        const [attachment] = aMessage().attachments;
        return aMessage({ attachments: [{ ...attachment!, url: freshLink() }] });
      };
      const { clip, ...state } = aState({ revision: 2 });
      const input = {
        state: { ...state, clip: without(clip, 'url', 'channelName', 'guildName') },
        adopt: false,
      };
      skewClock(skewMs);
      const { refetch } = createActivities(ports);
      const info = { currentAttemptScheduledTimestampMs: now() };
      const { url, refreshAtMs } = await attempt(refetch, input, info);
      assert.ok(leaseOf(url));
      const hours = (refreshAtMs - now()) / HOUR_MS;
      assert.ok(hours > 17 && hours <= 18, `in ${hours} h`);
    });
  }
});
