import assert from 'node:assert/strict';
import { say } from '../support/report.mjs';
import { DEMO_PORT, LIBRARY_PORT } from './docker.mjs';
import { until } from './until.mjs';

/** @typedef {import('./archive.mjs').Archive} Archive */

const LIBRARY_URL = `http://127.0.0.1:${LIBRARY_PORT}`;

/**
 * Asserts that the library lists every clip of the archive, and that the permalink of a live clip leads to its video.
 *
 * @param {Archive} archive
 * @param {string} when
 */
export async function checkLibrary(archive, when) {
  const page = await until(`the library answers ${when}`, async () => {
    const response = await fetch(`${LIBRARY_URL}/`).catch(() => null);
    return response?.ok ? await response.text() : null;
  });
  assert.match(page, /<main/);
  await until(`the library shows every live clip ${when}`, async () => {
    const records = await archive.readRecords();
    const live = records.filter(({ Status }) => Status === 'live');
    const answers = await Promise.all(live.map(({ Id }) => fetch(`${LIBRARY_URL}/c/${Id}`)));
    return live.length > 0 && answers.every(({ ok }) => ok);
  });
  const video = await until(`a permalink leads to its video ${when}`, async () => {
    const live = (await archive.readRecords()).find(({ Status }) => Status === 'live');
    const redirect = await fetch(`${LIBRARY_URL}/c/${live?.Id}.mp4`, { redirect: 'manual' });
    const link = redirect.headers.get('location') ?? '';
    // Not every machine looks up names below localhost, as browsers do.
    const local = link.replace(`//demo.localhost:${DEMO_PORT}/`, `//127.0.0.1:${DEMO_PORT}/`);
    assert.ok(link === '' || local !== link, 'the link leads to the demo');
    const answer = redirect.status === 302 ? await fetch(local, { method: 'HEAD' }) : null;
    return answer?.ok ? answer : null;
  });
  assert.match(video.headers.get('content-type') ?? '', /^video\//);
  say(`the library shows every live clip, and a permalink leads to its video ${when}`);
}
