/** `node packages/database/scripts/generate.ts`: writes src/schema.ts and database/schema.sql from the migrations. */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { connect } from '../src/connect.ts';
import { minoriCache } from '@minori/contract/home';
import { startPostgres } from '../src/embedded/start.ts';
import { migrate } from '../src/migrate.ts';
import { renderSchemaSql, renderTypes, SCHEMA_SQL, SCHEMA_TYPES } from '../src/render.ts';

const home = await mkdtemp(join(tmpdir(), 'minori-generate-'));
const postgres = await startPostgres({ home, cache: minoriCache(), durable: false });
const db = connect(postgres.appUrl, { max: 1 });
try {
  await migrate(db);
  await writeFile(SCHEMA_TYPES, await renderTypes(db));
  await mkdir(dirname(SCHEMA_SQL), { recursive: true });
  await writeFile(SCHEMA_SQL, renderSchemaSql());
} finally {
  await db.destroy();
  await postgres.stop();
  await rm(home, { recursive: true, force: true });
}
