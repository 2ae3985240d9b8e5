/** Entry of the server process: `main.ts [--port …]` serves, `main.ts restore FILE` fills an empty home. */
import { enableCompileCache } from 'node:module';
import { join } from 'node:path';
import { ProblemError } from '@minori/contract';
import { minoriCache } from '@minori/contract/home';
import { parseCommand } from './options.ts';
import type { ServeOptions } from './options.ts';
import { localeOf, SAY, sentence } from './platform/messages.ts';

const REFUSED = new Set(['backup_unreadable', 'backup_damaged', 'backup_newer', 'restore_target_not_empty']);
const STOP_WITHIN_MS = 20_000;
const locale = localeOf(process.env);
// Halves what a start takes before it can listen.
enableCompileCache(join(minoriCache(), 'node'));

try {
  const command = parseCommand(process.argv.slice(2));
  if (command.verb === 'restore') await restoreHome(command.home, command.file);
  else await serveUntilStopped(command.options);
} catch (error) {
  process.stderr.write(`${sentence(locale, error)}\n`);
  const detail = error instanceof ProblemError ? error.params['detail'] : error instanceof Error ? error.stack : error;
  if (typeof detail === 'string' && detail !== '') process.stderr.write(`${detail}\n`);
  process.exit(exitCode(error));
}

/** 2: wrong use, 3: refused because of what was given, 1: everything else. */
function exitCode(error: unknown): number {
  if (!(error instanceof ProblemError)) return 1;
  return error.code === 'option_invalid' ? 2 : REFUSED.has(error.code) ? 3 : 1;
}

async function serveUntilStopped(options: ServeOptions): Promise<void> {
  const ending = new AbortController();
  let code = 0;
  const end = () => {
    setTimeout(() => process.exit(1), STOP_WITHIN_MS).unref();
    ending.abort();
  };
  const stopAsked = new Promise<void>((resolve) => ending.signal.addEventListener('abort', () => resolve()));
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
    process.on(signal, () => {
      // Whoever asks twice does not want to wait; the next start cleans up.
      if (ending.signal.aborted) process.exit(1);
      process.stderr.write(`${SAY[locale].stopping}\n`);
      end();
    });
  // A bug must not leave the database and the engine behind.
  process.on('uncaughtException', (error) => {
    process.stderr.write(`${error.stack ?? error.message}\n`);
    if (ending.signal.aborted) process.exit(1);
    code = 1;
    end();
  });
  // Whoever started us may be gone, and with it what we print to.
  for (const stream of [process.stdout, process.stderr]) stream.on('error', () => {});
  try {
    // Loaded only now: wrong use is answered without it.
    const { serve } = await import('./serve.ts');
    const running = await serve(options, process.env, ending.signal, end);
    await stopAsked;
    await running.stop();
  } catch (error) {
    if (!ending.signal.aborted) throw error;
  }
  process.exit(code);
}

async function restoreHome(root: string, file: string): Promise<void> {
  const [{ restore }, { readConfig }, { lockHome, openHome }] = await Promise.all([
    import('@minori/database'),
    import('./platform/config.ts'),
    import('./platform/home.ts'),
  ]);
  const home = await openHome(root);
  const unlock = await lockHome(home);
  try {
    const config = await readConfig(root, process.env);
    const python = process.env['MINORI_PYTHON'];
    await restore({
      home: root,
      cache: minoriCache(),
      file,
      databaseUrl: config.database.url ?? undefined,
      ...(python === undefined ? {} : { python }),
    });
  } finally {
    unlock();
  }
  process.stdout.write(`${SAY[locale].restored(file)}\n`);
}
