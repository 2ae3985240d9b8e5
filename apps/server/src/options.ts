/** The command line of the server process; apps/cli is what people type. */
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { ProblemError } from '@minori/contract';
import { minoriHome } from '@minori/contract/home';

export type Command =
  | { readonly verb: 'serve'; readonly options: ServeOptions }
  | { readonly verb: 'restore'; readonly home: string; readonly file: string };

export interface ServeOptions {
  readonly home: string;
  /** Undefined: the configuration's. */
  readonly port: number | undefined;
  readonly host: string | undefined;
  /** Leaves 60 s after its last client, unless work is under way. */
  readonly temporary: boolean;
  /** Listens beyond loopback without TLS. */
  readonly insecure: boolean;
  /** Prints one machine line on stdout when it listens; words for people go to stderr then. */
  readonly announce: boolean;
}

/** @throws ProblemError option_invalid 400 {detail}: wrong use, exit code 2 */
export function parseCommand(args: readonly string[]): Command {
  const { values, positionals } = parse(args);
  const home = values.home === undefined ? minoriHome() : resolve(values.home);
  if (positionals[0] === 'restore') {
    const [, file, ...rest] = positionals;
    if (file === undefined || rest.length > 0)
      throw new ProblemError('option_invalid', 400, { detail: 'restore FILE --home DIR' });
    return { verb: 'restore', home, file: resolve(file) };
  }
  if (positionals.length > 0)
    throw new ProblemError('option_invalid', 400, { detail: `unknown command: ${positionals[0]}` });
  return {
    verb: 'serve',
    options: {
      home,
      port: values.port === undefined ? undefined : portOf(values.port),
      host: values.host,
      temporary: values.temporary,
      insecure: values.insecure,
      announce: values.announce,
    },
  };
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        port: { type: 'string' },
        host: { type: 'string' },
        home: { type: 'string' },
        temporary: { type: 'boolean', default: false },
        insecure: { type: 'boolean', default: false },
        announce: { type: 'boolean', default: false },
      },
    });
  } catch (error) {
    throw new ProblemError('option_invalid', 400, { detail: (error as Error).message });
  }
}

function portOf(text: string): number {
  const port = Number(text);
  if (!/^\d{1,5}$/.test(text) || port > 65_535)
    throw new ProblemError('option_invalid', 400, { detail: `--port ${text}: 0..65535` });
  return port;
}
