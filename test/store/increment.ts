import { createFolderBucket } from '../../src/store/folder/bucket.ts';
import { increment } from './bucket-contract.ts';

// Tests run this as `increment.ts <folder> <key> <times>`. 0 times means forever.
const [folder = '', key = '', times = '0'] = process.argv.slice(2);
const bucket = createFolderBucket(folder);
process.stdout.write('ready\n');
for (let n = 0; times === '0' || n < Number(times); n++) await increment(bucket, key);
