/** The product's database, wherever it is: embedded, or the server that DATABASE_URL names. */
import { startPostgres } from './embedded/start.ts';
import type { StartOptions } from './embedded/start.ts';
import { installPostgres } from './embedded/install.ts';
import { prepareExternal } from './external.ts';
import { join } from 'node:path';

export type OpenDatabase = {
  kind: 'embedded' | 'external';
  /** For `connect()`: the role that owns the product's tables. */
  appUrl: string;
  /** For people's psql (connection.json). */
  databaseUrl: string;
  mlflowUrl: string;
  /** The schema the product's tables lie in. */
  schema: string;
  /** Answers the folder of psql, pg_dump and pg_restore, fetching them first where they are not here. */
  tools: () => Promise<string>;
  /** Of the embedded server; null for an external one. */
  readonly pid: number | null;
  /** Ends the embedded server; leaves an external one alone. */
  stop: () => Promise<void>;
};

/** Neither is migrated yet: that is `migrate()`. Throws ProblemError. */
export async function openDatabase(
  options: StartOptions & { databaseUrl?: string | undefined },
): Promise<OpenDatabase> {
  if (options.databaseUrl === undefined || options.databaseUrl === '') {
    const postgres = await startPostgres(options);
    return {
      kind: 'embedded',
      appUrl: postgres.appUrl,
      databaseUrl: postgres.databaseUrl,
      mlflowUrl: postgres.mlflowUrl,
      schema: 'public',
      tools: async () => postgres.binDir,
      get pid() {
        return postgres.pid;
      },
      stop: postgres.stop,
    };
  }
  const { appUrl, mlflowUrl, schema } = await prepareExternal(options.databaseUrl);
  return {
    kind: 'external',
    appUrl,
    databaseUrl: appUrl,
    mlflowUrl,
    schema,
    // Tools of the newest major version read every older server.
    tools: async () => join(await installPostgres(options), 'bin'),
    pid: null,
    stop: async () => undefined,
  };
}
