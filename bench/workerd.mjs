// Serves one Worker straight from workerd's socket. What `wrangler dev` puts in front of it costs more than most requests.
//   node bench/workerd.mjs '{"port":…,"state":"…","worker":{…}}'
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { convertV4MiniflareOptions, Log, LogLevel, Miniflare } from 'miniflare';

const { port, state, worker } = JSON.parse(process.argv[2]);
process.env.TMPDIR = join(state, 'tmp'); // Miniflare's scratch files stay with the state.
mkdirSync(process.env.TMPDIR, { recursive: true });
const miniflare = new Miniflare(convertV4MiniflareOptions({
  host: '127.0.0.1',
  port: 0,
  cf: false,
  logRequests: false,
  log: new Log(LogLevel.ERROR),
  resourcePersistencePath: join(state, 'v3'),
  workers: [{
    compatibilityDate: '2026-11-01',
    unsafeDirectSockets: [{ host: '127.0.0.1', port }],
    ...worker,
  }],
}));
await miniflare.ready;
console.log('ready');
