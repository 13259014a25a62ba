// What `npm start` runs, without the set-up before it.
const { main } = await import('../../dist/local/main.js');
await main();
