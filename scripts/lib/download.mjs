import { createWriteStream } from 'node:fs';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';

const ANSWER_TIMEOUT_MS = 5_000;
const SILENCE_TIMEOUT_MS = 20_000;

/**
 * Downloads a file. Gives up soon where nothing answers, and where the bytes stop coming.
 *
 * @param {string} url
 * @param {string} file
 */
export async function download(url, file) {
  const controller = new AbortController();
  const giveUp = () => controller.abort(new Error('no answer in time'));
  let timer = setTimeout(giveUp, ANSWER_TIMEOUT_MS);
  const stillAlive = () => {
    clearTimeout(timer);
    timer = setTimeout(giveUp, SILENCE_TIMEOUT_MS);
  };
  try {
    const response = await fetch(url, { signal: controller.signal });
    if (!response.ok) throw new Error(`HTTP ${response.status}`);
    stillAlive();
    const body = Readable.fromWeb(response.body).on('data', stillAlive);
    await pipeline(body, createWriteStream(file), { signal: controller.signal });
  } finally {
    clearTimeout(timer);
  }
}
