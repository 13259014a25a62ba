import { ChannelType } from 'discord-api-types/v10';
import type { PermissionName } from '../../../../src/emulator/world/permissions.ts';
import type { Stack } from '../../stack/stack.ts';
import { until } from '../../wait.ts';
import type { Club } from '../club/club.ts';
import type { Dice } from '../dice.ts';
import type { Conditions } from './conditions.ts';

export interface FaultContext {
  readonly stack: Stack;
  readonly club: Club;
  readonly dice: Dice;
  readonly conditions: Conditions;
}

/** Begins a fault, runs `meanwhile`, and ends the fault. */
type Fault = (context: FaultContext, meanwhile: () => Promise<void>) => Promise<void>;

const RECONNECT_TIMEOUT_MS = 60_000;

/** Reading the chat of these channels needs Connect. */
const VOICE_TYPES: readonly ChannelType[] = [ChannelType.GuildVoice, ChannelType.GuildStageVoice];

/** Kills and restarts of processes. */
export const PROCESS_FAULTS = {
  async killWorker({ stack }, meanwhile) {
    await stack.worker.kill();
    await meanwhile();
    await stack.worker.start();
  },
  async restartWorker({ stack }, meanwhile) {
    await stack.worker.terminate();
    await meanwhile();
    await stack.worker.start();
  },
  async killIngest({ stack, conditions }, meanwhile) {
    const hearAgain = conditions.deafen({ isGraceful: false });
    await stack.ingest.kill();
    await meanwhile();
    await stack.ingest.start();
    hearAgain();
  },
  async restartIngest({ stack, conditions }, meanwhile) {
    const hearAgain = conditions.deafen({ isGraceful: true });
    await stack.ingest.terminate();
    await meanwhile();
    await stack.ingest.start();
    hearAgain();
  },
  async killTemporal({ stack, conditions }, meanwhile) {
    const runAgain = conditions.stopTemporal();
    await stack.server.kill();
    await meanwhile();
    await stack.server.start();
    runAgain();
  },
} satisfies Record<string, Fault>;

/** Faults of Discord. */
export const DISCORD_FAULTS = {
  async resumeSession({ stack: { emulator } }, meanwhile) {
    const resumes = countResumes(emulator);
    emulator.dropGateway({ resumable: true });
    await meanwhile();
    await until('a RESUME', () => countResumes(emulator) > resumes, RECONNECT_TIMEOUT_MS);
  },
  async askToReconnect({ stack: { emulator } }, meanwhile) {
    const resumes = countResumes(emulator);
    emulator.dropGateway({ resumable: true, via: 'reconnect' });
    await meanwhile();
    await until('a RESUME', () => countResumes(emulator) > resumes, RECONNECT_TIMEOUT_MS);
  },
  async loseSession(context, meanwhile) {
    const { stack, dice } = context;
    const refusedMs = dice.between(0, 2000);
    await renewSession(context, async () => {
      stack.emulator.refuseGateway(refusedMs);
      await meanwhile();
    });
  },
  async hideChannel({ club, dice, conditions }, meanwhile) {
    const { emulator } = club;
    const place = dice.pick([
      ...club.channels.map(({ id }) => id),
      ...club.parents.map(({ id }) => id),
    ]);
    const permission: PermissionName = dice.pick([
      'VIEW_CHANNEL',
      'READ_MESSAGE_HISTORY',
      'CONNECT',
    ]);
    const type = emulator.channels.find(({ id }) => id === place)!.type;
    // In other channels, the bot reads messages without Connect.
    const isHiding = permission !== 'CONNECT' || VOICE_TYPES.includes(type);
    const showAgain = isHiding ? conditions.hide(place) : () => undefined;
    emulator.deny(place, permission);
    await meanwhile();
    emulator.allow(place, permission);
    showAgain();
  },
  async stripContent({ club: { emulator }, conditions }, meanwhile) {
    const showAgain = conditions.strip();
    emulator.quirks.contentStripped = true;
    await meanwhile();
    emulator.quirks.contentStripped = false;
    showAgain();
  },
} satisfies Record<string, Fault>;

/** Turns the Message Content intent off and on. Nothing may start or begin a new session meanwhile. */
export const turnOffIntent: Fault = async ({ club: { emulator }, conditions }, meanwhile) => {
  const showAgain = conditions.strip();
  conditions.isIntentOff = true;
  emulator.setMessageContentIntent(false);
  await meanwhile();
  emulator.setMessageContentIntent(true);
  conditions.isIntentOff = false;
  showAgain();
};

/** Ends the gateway's session, so that ingest begins a new one. */
export async function renewSession(
  { stack: { emulator, ingest }, conditions }: FaultContext,
  meanwhile: () => Promise<void> = () => Promise.resolve(),
): Promise<void> {
  const countSessions = () => ingest.output().split('listening to Discord').length;
  const before = countSessions();
  const hearAgain = conditions.deafen({ isGraceful: false });
  emulator.dropGateway({ resumable: false });
  await meanwhile();
  await until('a new session', () => countSessions() > before, RECONNECT_TIMEOUT_MS);
  hearAgain();
}

function countResumes({ stats }: Club['emulator']): number {
  return stats.requests(/^GATEWAY (?:RESUME|IDENTIFY)$/);
}
