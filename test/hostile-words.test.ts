import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { describe, test } from 'node:test';
import { promisify } from 'node:util';
import type { Client } from '@temporalio/client';
import { NO_AUDIT_COUNTS } from '../src/clip/audit/report.ts';
import { clipSummary, type Clip } from '../src/clip/clip.ts';
import { clipsOfMessage } from '../src/clip/message.ts';
import { surveyChannels } from '../src/discord/channels/survey.ts';
import type { Get } from '../src/discord/rest-client.ts';
import { judgeAnswer } from '../src/discord/verdict.ts';
import { findingsAsJson, formatFindings } from '../src/doctor/finding.ts';
import { errorFacts, mediaUnreadable, serviceFailed } from '../src/errors.ts';
import { metricTypeOf } from '../src/ingest/gateway-event.ts';
import { clipJson } from '../src/library/api/clip-json.ts';
import { feedDocument } from '../src/library/feed/feed.ts';
import { oldRecordOf } from '../src/library/gallery/old-record.ts';
import { oembedOf } from '../src/library/preview/embed/oembed.ts';
import { headOf } from '../src/library/preview/head.ts';
import { parseSearch } from '../src/library/search/parse-search.ts';
import { linesOfError } from '../src/lines-of-error.ts';
import { ClipPage } from '../src/library/pages/clip/clip-page.tsx';
import { welcomeText } from '../src/local/welcome.ts';
import { fromFailureMessage } from '../src/media/process/messages.ts';
import { startClip } from '../src/start-clip.ts';
import type { Status } from '../src/status/read-status.ts';
import { formatScreen } from '../src/status/screen.ts';
import { describeAudits } from '../src/status/describe-audits.ts';
import { auditDetails } from '../src/workflows/audit/audit.ts';
import { channelAuditDetails } from '../src/workflows/audit/channel.ts';
import { backfillDetails, placesDetails } from '../src/workflows/backfill/details.ts';
import { currentDetails } from '../src/workflows/clip/display.ts';
import type { Life } from '../src/workflows/clip/life.ts';
import { sweepDetails } from '../src/workflows/sweep.ts';
import { aMessage, PLACE, RULES } from './clip/a-message.ts';
import { aClipView } from './support/a-clip-view.ts';
import { aClip, LOCAL } from './support/a-library.ts';
import { checkXml } from './support/check-xml.ts';
import { BASE, SETTINGS, valuesOf } from './library/preview/preview-tags.ts';
import { TYPESCRIPT_FLAGS } from '../scripts/typescript/flags.mjs';

/** Names that people can give to a thread, a webhook, a file or a server, and what each one tries. */
const HOSTILE_WORDS: Readonly<Record<string, string>> = {
  'a Markdown link': '[a](http://x)',
  'a Markdown picture': '![](http://x)',
  'an HTML picture': '<img src=x>',
  'an address': 'http://x',
  'an address without a protocol': 'www.x.com',
  'an email address': 'help@x.example',
  backticks: 'a` b ``` c',
  'a row of a table': 'a | b \\| c',
  'character references': '&lt;img src=x&gt; &#91;a&#93;',
  'escape sequences': 'a\u001b[2J\u001b]0;title\u0007\u001b]8;;http://x\u001b\\b',
  'a forged line': 'a\r\nok   Discord  all is well\n12:00:00 INFO: forged',
  'C1 controls': 'a\u009b2J\u0085b',
  'line separators': 'a\u2028b\u2029c',
  'a right-to-left override': 'a\u202egpj.exe',
  'an isolate': 'a\u2066b\u2069',
  'zero-width characters': 'a\u200bd\u200dm\u2060i\ufeffn\u00ad\u{e0041}',
  'an address with zero-width characters': 'ht\u200btp:/\u200b/x w\u2060ww.x.com',
  '4,000 characters': 'あ'.repeat(4000),
  'unpaired surrogates': 'a\ud83d b\udfae',
  'pairs of surrogates at every limit': '\u{1f3ae}'.repeat(300),
};

/** Characters that a terminal obeys, that reorder text or that cannot be seen. The word joiner is Everclip's own. */
const UNSAFE =
  // oxlint-disable-next-line no-control-regex -- the test is about these characters
  /[\u0000-\u001f\u007f-\u009f\u00ad\u061c\u200b\u200e\u200f\u2028-\u202e\u2061-\u206f\ufeff\u{e0000}-\u{e0fff}]|\p{Cs}/u;

/** Newer Temporal servers refuse a summary of more than 400 bytes. */
const MAX_SUMMARY_BYTES = 380;

const [CLIP] = clipsOfMessage(aMessage(), PLACE, RULES);
assert.ok(CLIP);
const HARMLESS = 'name';

/** Puts a word into every text of a clip that its poster, a webhook or a moderator chooses. */
function clipNamed(word: string): Clip {
  return {
    ...CLIP!,
    filename: word,
    title: word,
    channelName: word,
    guildName: word,
    poster: { ...CLIP!.poster, username: word, displayName: word },
  };
}

function detailsOf(word: string): string {
  return currentDetails({
    clip: clipNamed(word),
    thumbnailError: { type: 'MediaUnreadable', message: word },
    status: 'live',
    refreshes: 1,
    nextRefreshMs: 0,
    waitingFor: '',
    revision: 1,
  } as Life);
}

/** The library's page of a clip. Its message keeps its line breaks, so the message is left out. */
function pageNamed(word: string): string {
  const clip = aClip({
    title: word,
    filename: word,
    altText: word,
    game: word,
    players: [{ Id: '1', Name: word, Display_Name: word }],
    poster: { id: '5', username: word, displayName: word, avatar: null },
    channel: { id: '2', name: word, guildName: word, parentId: '3', parentName: word },
  });
  const page = ClipPage(aClipView(clip, { settings: { ...LOCAL, name: word }, isShown: true }));
  return (page as { toString(): string }).toString();
}

/** What programs read of a clip: the feed, the API and a record of the old gallery. The message keeps its line breaks. */
function dataNamed(word: string): string[] {
  const clip = aClip({
    title: word,
    filename: word,
    description: 'text',
    altText: word,
    game: word,
    contentType: word,
    codec: word,
    players: [{ Id: '1', Name: word, Display_Name: word }],
    poster: { id: '5', username: word, displayName: word, avatar: null },
    channel: { id: '2', name: word, guildName: word, parentId: '3', parentName: word },
  });
  const origin = 'http://127.0.0.1:8240';
  const search = parseSearch(new URLSearchParams({ q: word, game: word }), 'UTC');
  const feed = feedDocument({ settings: { name: word }, search, clips: [clip], origin });
  checkXml(feed);
  const record = oldRecordOf({ clip, recordedName: word }, origin);
  const json = JSON.stringify([clipJson(clip, { origin, isShown: true }), record]);
  return [feed.replaceAll('\n', ''), json];
}

const PROGRESS = { pages: 0, messages: 0, clips: 0, started: 0, known: 0, reached: null };

/** What the Web UI renders as Markdown and HTML. */
const RENDERED: Readonly<Record<string, (word: string) => string>> = {
  'the summary of a clip': (word) => clipSummary(clipNamed(word)),
  'the current details of a clip': detailsOf,
  'the current details of a backfill': (word) => backfillDetails(word, PROGRESS, 0),
  'the current details of a backfill of more than one channel': (word) => {
    const places = { found: 1, done: 0, known: 0, failed: 1, unreadable: 0, reasons: [word] };
    return placesDetails(word, { ...PROGRESS, places }, { reading: [word], elapsedMs: 0 });
  },
  'the current details of an audit': (word) => {
    const unreadable = [{ channelId: '1', channelName: word, reason: word }];
    const counts = { channels: 1, completeChannels: 0, complete: false, unreadable };
    return auditDetails({ ...NO_AUDIT_COUNTS, ...counts }, word);
  },
  'the current details of the audit of a channel': (word) =>
    channelAuditDetails({ channelName: word, oldest: null, counts: NO_AUDIT_COUNTS, open: [] }),
  'the current details of a sweep': (word) =>
    // The time differs from call to call.
    sweepDetails(word, word).replace(/\d{4}-\S+Z/, ''),
};

/** A status screen that shows a word wherever Temporal can return one. */
const screenOf = (word: string): string =>
  formatScreen(statusOf(word), {
    reports: describeAudits([
      { channelId: '1', channelName: word, auditedAtMs: 0, completeAtMs: null, retired: null },
    ]),
  });

function statusOf(word: string): Status {
  return {
    nowMs: 0,
    clips: { archiving: 0, live: 0, unreachable: 0 },
    endedRuns: { deleted: 0, stopped: 0 },
    deadLinks: 0,
    linksWithoutExpiry: 0,
    late: null,
    expiring: [],
    backfills: [{ workflowId: word, progress: word }],
    backfillCount: 1,
    audits: [{ workflowId: word, progress: word }],
    auditCount: 1,
    pending: [{ activity: word, reason: word, workflows: 1, example: word }],
    failed: [{ workflowId: word, type: word, at: new Date(0), reason: word }],
    allFailed: { count: 1, query: '' },
  };
}

/** What a terminal shows. */
const PRINTED: Readonly<Record<string, (word: string) => string>> = {
  'npm run status': screenOf,
  'npm run doctor': (word) => formatFindings([{ check: 'channels', state: 'ok', says: word }]),
  'npm run doctor -- --json': (word) =>
    findingsAsJson([{ check: 'channels', state: 'ok', says: word }]),
  'the greeting of npm start': (word) =>
    welcomeText({
      library: 'http://127.0.0.1:8240',
      discord: { username: word, apiUrl: 'https://discord.com/api' },
      webUi: null,
      temporal: { address: 'x:1', namespace: 'default' },
      bucket: 'gs://clips',
      backfillChannelId: null,
      temporalCli: 'temporal',
      taskQueue: 'clips',
    }),
  'the last line of a process': (word) => linesOfError(new Error(word)).join('\n'),
  'a failure': (word) => serviceFailed(word, { route: word }).message,
  'a failure from the media process': (word) => fromFailureMessage({ message: word }).message,
  'the reason in a record': (word) => errorFacts(mediaUnreadable(word)).message,
  'the reason of an unknown error': (word) => errorFacts(new Error(word)).message,
  'the page of a clip': (word) => pageNamed(word),
  'the label of a metric': (word) => metricTypeOf({ t: word, d: null }),
};

describe('a name or an answer that Everclip did not write', () => {
  for (const [what, word] of Object.entries(HOSTILE_WORDS)) {
    test(`${what} adds no Markdown, HTML or address to what the Web UI renders`, () => {
      for (const [place, show] of Object.entries(RENDERED)) {
        const shown = show(word);
        assert.equal(structureOf(shown), structureOf(show(HARMLESS)), `${place}: ${shown}`);
        for (const line of shown.split('\n')) assert.doesNotMatch(line, UNSAFE, place);
      }
      const { length } = Buffer.from(clipSummary(clipNamed(word)));
      assert.ok(length <= MAX_SUMMARY_BYTES, `the summary has ${length} bytes`);
    });

    test(`${what} sends no control characters to a terminal and adds no line`, () => {
      for (const [place, show] of Object.entries(PRINTED)) {
        const lines = show(word).split('\n');
        assert.equal(lines.length, show(HARMLESS).split('\n').length, place);
        for (const line of lines) assert.doesNotMatch(line, UNSAFE, place);
      }
    });

    test(`${what} is one short line in a link preview and in oEmbed`, () => {
      const clip = aClip({
        title: word,
        description: `text ${word}`,
        altText: word,
        poster: { ...aClip().poster, displayName: word },
        channel: { ...aClip().channel, name: word },
      });
      const settings = { ...SETTINGS, name: word, url: BASE };
      const tags = valuesOf(headOf(clip, settings));
      const limits = { maxWidth: null, maxHeight: null };
      const described = Object.values(oembedOf(clip, settings, limits)).map(String);
      for (const text of [...Object.values(tags), ...described]) {
        assert.doesNotMatch(text, UNSAFE);
        assert.ok(Buffer.byteLength(text) <= 1000);
      }
      assert.ok(Buffer.byteLength(tags['og:title'] ?? '') <= 70);
    });

    test(`${what} has no control characters in the feed, the API and the old gallery`, () => {
      for (const text of dataNamed(word)) assert.doesNotMatch(text, UNSAFE);
    });

    test(`${what} appears in search attributes without control characters`, async () => {
      const shown = await keywordsOf(clipNamed(word));
      for (const [name, text] of Object.entries(shown)) {
        assert.doesNotMatch(text, UNSAFE, name);
        assert.ok(text.length <= 255, name);
      }
    });

    test(`${what} in an answer of a server shows as a short plain excerpt`, () => {
      const headers = new Headers();
      for (const code of [0, 40_333]) {
        const body = { code, message: word };
        const answer = { route: 'GET /channels/1', status: 403, headers, body, isDiscord: true };
        const verdict = judgeAnswer(answer);
        assert.ok(verdict.kind === 'doubt');
        assert.doesNotMatch(verdict.sentence, UNSAFE);
        assert.equal(structureOf(verdict.sentence), '');
        assert.ok(Buffer.from(verdict.sentence).length < 250, verdict.sentence);
      }
    });
  }

  test('every hostile word is one plain line in the log, in JSON and on a terminal', async () => {
    const words = Object.values(HOSTILE_WORDS);
    for (const onTerminal of [false, true]) {
      const lines = (await logOf(words, onTerminal)).trimEnd().split('\n');
      // Each word is logged as a message, a field, a field's name, a field of a child logger and an error. On a
      // terminal, only an error takes more lines.
      const ours = lines.filter((line) => !line.startsWith('    ')).map(withoutColours);
      if (!onTerminal) assert.equal(ours.length, 5 * words.length);
      for (const line of lines.map(withoutColours)) assert.doesNotMatch(line, UNSAFE);
      assert.ok(!ours.some((line) => /^(12:00:00|ok )/.test(line.trim())), 'a line is forged');
    }
  });

  test('a survey of the channels shows names of channels as short plain text', async () => {
    const word = HOSTILE_WORDS['a forged line'] ?? '';
    const guild = { id: '1', name: word, owner_id: '7', roles: [] };
    const answers: Record<string, unknown> = {
      '/users/@me': { id: '7' },
      '/users/@me/guilds': [{ id: '1', name: word }],
      '/guilds/1': guild,
      '/guilds/1/members/7': { roles: [] },
      '/guilds/1/channels': [{ id: '2', type: 0, name: word }],
    };
    const survey = await surveyChannels((async (path: string) => answers[path]) as Get);
    assert.deepEqual(survey.readable, ['#a ok   Discord  all is well 12:00:00 INFO: forged']);
  });
});

/**
 * Returns only the parts of a text that have a meaning in Markdown or HTML, or that become a link. Emphasis is left out,
 * because it is harmless.
 */
function structureOf(text: string): string {
  return [...text.matchAll(/[<>[\]`|\\\n]|&#?\w+;|:\/\/|www\.|\w@\w/gi)].join('');
}

/** Starts a clip with a client that records the search attributes. Returns the texts among them. */
async function keywordsOf(clip: Clip): Promise<Record<string, string>> {
  const keywords: Record<string, string> = {};
  const start = async (
    _type: string,
    options: { typedSearchAttributes: { key: { name: string }; value: unknown }[] },
  ): Promise<void> => {
    for (const { key, value } of options.typedSearchAttributes) {
      if (typeof value === 'string') keywords[key.name] = value;
    }
  };
  const client = { workflow: { start } } as unknown as Client;
  await startClip(client, clip, { source: 'live', taskQueue: 'clips' });
  assert.deepEqual(Object.keys(keywords).sort(), [
    'ClipChannel',
    'ClipGuild',
    'ClipPoster',
    'ClipState',
    'ClipTitle',
  ]);
  return keywords;
}

/** Returns the log of a process that logs each word in every part of a line. */
async function logOf(words: readonly string[], onTerminal: boolean): Promise<string> {
  const module = JSON.stringify(new URL('../src/log.ts', import.meta.url).href);
  const code = `
    process.stdout.isTTY = ${onTerminal};
    const { createLogger } = await import(${module});
    const log = createLogger('info', 'worker');
    for (const word of ${JSON.stringify(words)}) {
      log.info('new clip: ' + word);
      log.info({ reason: word, nested: [{ word }] }, 'field');
      log.info({ [word]: 1 }, 'name of a field');
      log.child({ guild: word }).warn('child');
      log.warn({ err: new Error(word) }, 'error');
    }`;
  const args = [...TYPESCRIPT_FLAGS, '--input-type=module', '--eval', code];
  const { stdout } = await promisify(execFile)(process.execPath, args);
  return stdout;
}

/** Removes the colours of pino-pretty. */
function withoutColours(line: string): string {
  // oxlint-disable-next-line no-control-regex -- colours are control sequences
  return line.replace(/\u001b\[\d+m/g, '');
}
