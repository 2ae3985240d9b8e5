/** Makes engine/requirements*.lock from the .in files beside them. `--upgrade` takes the newest versions allowed. */
import { fileURLToPath } from 'node:url';
import { minoriCache } from '@minori/contract/home';
import { compileLocks } from '@minori/engine-env';

await compileLocks({
  cacheDir: minoriCache(),
  engineDir: fileURLToPath(new URL('../engine', import.meta.url)),
  env: process.env,
  upgrade: process.argv.includes('--upgrade'),
});
