import { loadConfig } from './config.ts';

// What a container's health check runs: exits 0 where the process at METRICS_ADDRESS says that it is ready.
const { metricsAddress } = loadConfig();
const port = metricsAddress?.split(':').at(-1) ?? '';
try {
  const response = await fetch(`http://127.0.0.1:${port}/metrics`, {
    signal: AbortSignal.timeout(4000),
  });
  process.exit(/^everclip_ready(\{[^}]*\})? 1$/m.test(await response.text()) ? 0 : 1);
} catch {
  process.exit(1);
}
