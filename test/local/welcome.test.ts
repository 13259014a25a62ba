import assert from 'node:assert/strict';
import { test } from 'node:test';
import { welcomeText } from '../../src/local/welcome.ts';

const DEMO = {
  library: 'http://127.0.0.1:8240',
  discord: null,
  webUi: 'http://127.0.0.1:8233',
  temporal: { address: '127.0.0.1:7233', namespace: 'default' },
  bucket: '/home/you/everclip/data/bucket',
  backfillChannelId: '1196521684992000058',
  temporalCli: 'temporal',
  taskQueue: 'clips',
};

test('the greeting of the demo shows the library first, then the Web UI address, the bucket folder and a backfill command', () => {
  assert.equal(
    welcomeText(DEMO),
    `
Everclip is running.
  Library   http://127.0.0.1:8240
  Discord   a demo on this machine. To use the real Discord, set TOKEN
  Web UI    http://127.0.0.1:8233
  Bucket    /home/you/everclip/data/bucket

To backfill a channel, run:
  temporal workflow start --type backfill --task-queue clips \\
    --workflow-id backfill-1196521684992000058 --input '{"channelId":"1196521684992000058"}'

Press Ctrl-C to stop. Nothing is lost: the next start resumes all work.
`,
  );
});

test('outside the demo, the greeting names the bot, the Discord API, the Temporal server and the namespace', () => {
  const text = welcomeText({
    ...DEMO,
    discord: { username: 'everclip', apiUrl: 'https://discord.com/api' },
    webUi: null,
    temporal: { address: 'temporal:7233', namespace: 'clips' },
    backfillChannelId: null,
  });
  assert.match(text, /logged in as everclip at https:\/\/discord\.com\/api/);
  assert.match(text, /the Web UI of your Temporal server \(temporal:7233\)/);
  assert.match(text, /workflow start --address temporal:7233 --namespace clips --type backfill/);
  assert.match(text, /--workflow-id backfill-<channel id>/);
});
