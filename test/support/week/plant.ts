import type { Week } from './run-seed.ts';
import { trueClips, type TrueClip } from './truth/true-clips.ts';

/** Plants faults in what Everclip has made, each in another clip. Returns the ids of the clips, by fault. */
export async function plantFaults(week: Week): Promise<Record<Planted, string>> {
  const { stack, club, look } = week;
  const { objects } = await look();
  const base = `${stack.bucket.apiEndpoint}/storage/v1/b/clips/o`;
  const upload = `${stack.bucket.apiEndpoint}/upload/storage/v1/b/clips/o`;
  const write = async (key: string, body: Buffer | string) => {
    const url = `${upload}?uploadType=media&name=${encodeURIComponent(key)}`;
    await fetch(url, { method: 'POST', body });
  };
  const remove = (key: string) => fetch(`${base}/${encodeURIComponent(key)}`, { method: 'DELETE' });
  const existing = trueClips(club).filter(
    ({ exists, attachmentId }) => exists && club.videoOf.get(attachmentId),
  );
  const take = (): TrueClip => {
    const clip = existing.pop();
    if (!clip) throw new Error('too few clips for the planted faults');
    return clip;
  };
  const recordKey = ({ channelId, id }: TrueClip) => `messages/${channelId}/${id}.json`;
  const change = async (clip: TrueClip, edit: (record: Record<string, unknown>) => void) => {
    const record = JSON.parse(objects.get(recordKey(clip))!.bytes.toString()) as Record<
      string,
      unknown
    >;
    edit(record);
    await write(recordKey(clip), JSON.stringify(record));
  };

  const planted = {
    lostRecord: take(),
    otherText: take(),
    extraField: take(),
    lostPicture: take(),
    otherPicture: take(),
    endedWorkflow: take(),
  };
  await remove(recordKey(planted.lostRecord));
  await change(planted.otherText, (record) => (record.Description = 'something else'));
  await change(planted.extraField, (record) => (record.Game = 'Chess'));
  await remove(`poster/${planted.lostPicture.id}.jpg`);
  const video = club.videoOf.get(planted.otherPicture.attachmentId);
  const other = trueClips(club).find(({ id, exists, attachmentId }) => {
    const otherVideo = club.videoOf.get(attachmentId);
    return exists && otherVideo && otherVideo !== video && objects.has(`thumb/${id}.webp`);
  })!;
  const picture = objects.get(`thumb/${other.id}.webp`)!;
  await write(`thumb/${planted.otherPicture.id}.webp`, picture.bytes);
  // The hash fits the picture, so only the colour shows that it belongs to another video.
  await change(
    planted.otherPicture,
    (record) => (record.Thumbnail_Hash = picture.hash.slice(0, 16)),
  );
  await stack.temporal.workflow.getHandle(`clip-${planted.endedWorkflow.id}`).terminate();
  const entries = Object.entries(planted).map(([name, { id }]) => [name, id]);
  return Object.fromEntries(entries) as Record<Planted, string>;
}

type Planted =
  | 'lostRecord'
  | 'otherText'
  | 'extraField'
  | 'lostPicture'
  | 'otherPicture'
  | 'endedWorkflow';
