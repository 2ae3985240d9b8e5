/** A backup of everything, written and verified on this machine before the first byte leaves. */
import { randomUUID } from 'node:crypto';
import type { ReadStream } from 'node:fs';
import { open, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { backup } from '@minori/database';
import type { OpenDatabase } from '@minori/database';
import type { Home } from '../platform/home.ts';

export interface BackupDeps {
  readonly home: Home;
  readonly database: Pick<OpenDatabase, 'appUrl' | 'schema' | 'tools'>;
}

/** The archive as a stream; nothing of it stays on the disk. @throws ProblemError backup_failed | disk_full */
export async function takeBackup({ home, database }: BackupDeps): Promise<{ stream: ReadStream; bytes: number }> {
  const file = join(home.tmp, `backup-${randomUUID()}.tar`);
  try {
    await backup({
      binDir: await database.tools(),
      url: database.appUrl,
      home: home.root,
      file,
      schema: database.schema,
    });
  } catch (error) {
    await rm(file, { force: true });
    throw error;
  }
  const handle = await open(file, 'r');
  // Open but without a name: it goes with whoever reads it, also when that is a crash.
  await rm(file);
  return { stream: handle.createReadStream(), bytes: (await handle.stat()).size };
}
