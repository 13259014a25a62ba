import { recordWith, writeObject } from './bucket-objects.ts';
import type { ClipRecord } from '../../../src/clip/record.ts';

/** A text that breaks a page or a query that does not escape it. PostgreSQL's texts can't contain the first character. */
export const HOSTILE_TEXT =
  `\u0000'; drop schema everclip cascade; drop table clip; -- "$1" \\' ` +
  `</title></script><script>evil()</script><img src=x onerror=evil()>"onmouseover="evil() ` +
  `\u202e\ud800 %s {{7*7}} \${7*7} <!-- ]]> \r\nSet-Cookie: evil=1`;

/** Where a redirect must never lead. */
const FOREIGN_LINKS = [
  'https://evil.example/a.mp4',
  'javascript:evil()',
  '//evil.example/a.mp4',
  'data:text/html,<script>evil()</script>',
  'file:///etc/passwd',
  '',
  HOSTILE_TEXT,
];

const CHANNEL_ID = '100000000000000001';

/** A record in the bucket that Everclip did not write. */
export interface HostileRecord {
  /** The id in the object's key. */
  id: string;
  what: string;
  body: string;
}

/** Returns records with hostile values in every field, and objects that are not records. */
export function createHostileRecords(cdnOrigin: string): HostileRecord[] {
  const { host } = new URL(cdnOrigin);
  const withCredentials = `http://${host}@evil.example/attachments/1/2/a.mp4`;
  const bodies: [what: string, body: (id: string) => string][] = [
    ['hostile texts', (id) => JSON.stringify(recordWith(CHANNEL_ID, id, hostileTexts(cdnOrigin)))],
    ...[...FOREIGN_LINKS, withCredentials].map((link): (typeof bodies)[number] => [
      `the link ${JSON.stringify(link)}`,
      (id) => JSON.stringify(recordWith(CHANNEL_ID, id, { Attachment_URL: link })),
    ]),
    ...[HOSTILE_TEXT, 1e300, -1, 0, true, null, [], {}, [HOSTILE_TEXT], { a: HOSTILE_TEXT }].map(
      (value): (typeof bodies)[number] => [
        `${JSON.stringify(value)} in every field`,
        (id) => JSON.stringify(withEveryField(id, value)),
      ],
    ),
    [
      'infinite numbers',
      (id) => JSON.stringify(recordWith(CHANNEL_ID, id, {})).replaceAll(/:\d+/g, ':1e999'),
    ],
    ['the id of another clip', () => JSON.stringify(recordWith(CHANNEL_ID, '1-1', {}))],
    [
      'a very long text',
      (id) => JSON.stringify(recordWith(CHANNEL_ID, id, { Description: 'é'.repeat(400_000) })),
    ],
    ['deep nesting', () => `${'['.repeat(20_000)}${']'.repeat(20_000)}`],
    ['no JSON', () => '<html>'],
    ['nothing', () => ''],
    ['only null', () => 'null'],
  ];
  return bodies.map(([what, body], index) => {
    const id = `${100_000_000_000_001_000n + BigInt(index)}-${200_000_000_000_001_000n + BigInt(index)}`;
    return { id, what, body: body(id) };
  });
}

/** Writes the records, and a hostile channel and user, into the bucket of a data folder. */
export async function writeHostileRecords(
  dataDir: string,
  records: readonly HostileRecord[],
): Promise<void> {
  const write = (key: string, body: string): Promise<void> => writeObject(dataDir, key, body);
  for (const { id, body } of records) await write(`messages/${CHANNEL_ID}/${id}.json`, body);
  const texts = { Name: HOSTILE_TEXT, Display_Name: HOSTILE_TEXT, Url: HOSTILE_TEXT };
  const channel = { Id: CHANNEL_ID, guildId: HOSTILE_TEXT, Guild_Name: HOSTILE_TEXT, Public: true };
  await write(`channels/${CHANNEL_ID}.json`, JSON.stringify({ ...channel, ...texts, Nsfw: false }));
  await write('channels/x.json', HOSTILE_TEXT);
  await write('userData/3.json', JSON.stringify({ Id: '3', ...texts, Icon: '../../secret' }));
  await write('userData/x.json', HOSTILE_TEXT);
}

/** Every field that can contain a text. */
function hostileTexts(cdnOrigin: string): Partial<Record<keyof ClipRecord, unknown>> {
  const text = HOSTILE_TEXT;
  return {
    Discord_id: text,
    Poster: text,
    Link_to_message: text,
    Description: text,
    Attachment_URL: `${cdnOrigin}/attachments/1/2/${encodeURIComponent("a';<b>.mp4")}`,
    Filename: text,
    Content_Type: text,
    Codec: text,
    Placeholder: text,
    Thumbnail: text,
    Poster_Image: text,
    Thumbnail_Error: { type: text, message: text },
    Title: text,
    Alt_Text: text,
    Players: [{ Id: text, Name: text, Display_Name: text }],
    Game: text,
    Posted_By_Id: text,
    Webhook_Id: text,
    User_Data: text,
  };
}

/** Revision and Attempt stay valid, because without them the object is not a record. */
function withEveryField(id: string, value: unknown): Record<string, unknown> {
  const record = recordWith(CHANNEL_ID, id, hostileTexts(''));
  const fields = [...Object.keys(record), 'Size', 'Runtime', 'Width', 'Height', 'Frame_Rate'];
  const more = [
    'Bit_Rate',
    'Has_Audio',
    'Created_At',
    'Deleted_At',
    'Spoiler',
    'Nsfw',
    'Clipped_At',
  ];
  const all = Object.fromEntries([...fields, ...more].map((name) => [name, value]));
  return { ...all, Revision: 1, Attempt: 1 };
}
