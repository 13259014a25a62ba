import { createFolderBucket } from '../../src/store/folder/bucket.ts';
import { increment } from './bucket-contract.ts';

// Run by a test: `increment.ts <folder> <key> <times>`; 0 times is for ever.
const [folder = '', key = '', times = '0'] = process.argv.slice(2);
const bucket = createFolderBucket(folder);
process.stdout.write('ready\n');
for (let n = 0; times === '0' || n < Number(times); n++) await increment(bucket, key);
