/** What a workflow logs when nothing is left for it but to wait for a timer: `untilMs` says until when. */
export const ASLEEP = 'bench: asleep';
