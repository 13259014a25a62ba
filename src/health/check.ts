import { loadMetricsAddress } from '../config.ts';

// The health check of a container: exits 0 if the process at METRICS_ADDRESS reports that it is ready.

const TIMEOUT_MS = 4000;

const metricsAddress = loadMetricsAddress();
const port = metricsAddress?.split(':').at(-1) ?? '';
try {
  const response = await fetch(`http://127.0.0.1:${port}/metrics`, {
    signal: AbortSignal.timeout(TIMEOUT_MS),
  });
  process.exit(/^everclip_ready(\{[^}]*\})? 1$/m.test(await response.text()) ? 0 : 1);
} catch {
  process.exit(1);
}
