import type { APIMessage, APIUser } from 'discord-api-types/v10';
import { isDeepStrictEqual } from 'node:util';
import { avatarOf, type Club } from '../club/club.ts';
import type { StoredObject } from './bucket-content.ts';
import type { TrueClip } from './true-clips.ts';

interface Sightings {
  readonly user: Pick<APIUser, 'id' | 'username' | 'global_name' | 'avatar'>;
  /** When the messages were posted, epoch seconds. */
  readonly times: number[];
}

/**
 * Returns what is wrong with the user data. `clips` are those with a workflow.
 *
 * `As_Of` may be the time of any clip of the person, because Everclip renews it only once a day.
 */
export function judgePeople(
  { emulator, personas }: Club,
  clips: readonly TrueClip[],
  records: ReadonlyMap<string, Record<string, unknown>>,
  objects: ReadonlyMap<string, StoredObject>,
): string[] {
  const faults: string[] = [];
  const expectedKeys = new Set<string>();
  const judge = (
    dataId: string,
    { user, times }: Sightings,
    avatar: Buffer | null,
    isPersona: boolean,
  ): void => {
    const key = `userData/${dataId}.json`;
    expectedKeys.add(key);
    const icon = avatar === null ? undefined : `userData/${dataId}.png`;
    if (icon !== undefined) expectedKeys.add(icon);
    const stored = objects.get(key);
    if (!stored) {
      faults.push(`${key} is missing`);
      return;
    }
    const { As_Of: asOf, ...data } = JSON.parse(stored.bytes.toString()) as Record<string, unknown>;
    const expected = {
      Id: dataId,
      Name: user.username,
      Display_Name: user.global_name ?? user.username,
      Url: avatarAddress(emulator.cdnOrigin, user),
      ...(icon !== undefined && { Icon: icon }),
    };
    if (!isDeepStrictEqual(data, expected)) {
      faults.push(`${key} is ${JSON.stringify(data)} instead of ${JSON.stringify(expected)}`);
    }
    if (isPersona ? asOf !== undefined : !times.includes(asOf as number)) {
      faults.push(`${key} has As_Of ${String(asOf)}`);
    }
    if (avatar !== null && objects.get(icon!)?.bytes.equals(avatar) !== true) {
      faults.push(`${icon} is not the avatar of ${user.username}`);
    }
  };

  for (const sightings of usersOf(clips).values()) {
    const { user } = sightings;
    judge(user.id, sightings, user.avatar === null ? null : avatarOf(user.username), false);
  }
  for (const persona of personas) {
    const own = clips.filter(({ versions: [first] }) => {
      const { author } = first!.message;
      return author.id === persona.id && author.username === persona.username;
    });
    const keys = new Set(own.map(({ id }) => String(records.get(id)?.User_Data)));
    if (keys.size > 1) faults.push(`${persona.username} has the user data ${[...keys].join()}`);
    const [key] = keys;
    const [, dataId] = /^userData\/(\d+-[0-9a-f]{16})\.json$/.exec(key ?? '') ?? [];
    if (key === undefined) continue;
    if (dataId?.startsWith(`${persona.id}-`) !== true) faults.push(`the user data ${key} is wrong`);
    else {
      const user = own[0]!.versions[0]!.message.author;
      const avatar = persona.avatar ? Buffer.from(persona.avatar) : null;
      judge(dataId, { user, times: [] }, avatar, true);
    }
  }
  for (const key of objects.keys()) {
    if (key.startsWith('userData/') && !expectedKeys.has(key)) faults.push(`${key} is of nobody`);
  }
  return faults;
}

/** Returns the users who posted the clips or gave the commands, by id. Webhooks are left out. */
function usersOf(clips: readonly TrueClip[]): Map<string, Sightings> {
  const users = new Map<string, Sightings>();
  const see = (user: Sightings['user'], message: APIMessage): void => {
    const sightings = users.get(user.id) ?? { user, times: [] };
    sightings.times.push(Date.parse(message.timestamp) / 1000);
    users.set(user.id, sightings);
  };
  for (const { versions } of clips) {
    const { message } = versions[0]!;
    const command = message.interaction_metadata;
    if (command) see(command.user, message);
    if (command || message.webhook_id === undefined) see(message.author, message);
  }
  return users;
}

/** https://docs.discord.com/developers/reference#image-formatting-cdn-endpoints */
function avatarAddress(origin: string, { id, avatar }: Sightings['user']): string {
  const number = (BigInt(id) >> 22n) % 6n;
  return avatar === null
    ? `${origin}/embed/avatars/${number}.png`
    : `${origin}/avatars/${id}/${avatar}.png`;
}
