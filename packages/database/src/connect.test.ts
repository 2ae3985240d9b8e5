import { sql } from 'kysely';
import { expect, test } from 'vitest';
import { connect, kept } from './connect.ts';
import { createTestDatabase } from './testing/index.ts';

test('a connection keeps the plan of what is marked so, and of nothing else', async () => {
  const made = await createTestDatabase();
  const db = connect(made.url, { max: 1 });
  try {
    for (const number of [1, 2, 3]) {
      const { rows } = await sql<{ twice: number }>`${kept} select 2 * ${number}::bigint as twice`.execute(db);
      expect(rows).toEqual([{ twice: 2 * number }]);
      await sql`select ${number}::bigint`.execute(db);
    }
    await expect(sql`${kept} select ${'no number'}::bigint`.execute(db)).rejects.toMatchObject({ code: '22P02' });
    const { rows } = await sql<{ statement: string; calls: number }>`
      select statement, generic_plans + custom_plans as calls from pg_prepared_statements
      where statement like '%twice%'`.execute(db);
    expect(rows).toEqual([{ statement: '/* kept */  select 2 * $1::bigint as twice', calls: 3 }]);
    const { rows: all } = await sql`select from pg_prepared_statements`.execute(db);
    expect(all.length).toBe(2);
  } finally {
    await db.destroy();
    await made.drop();
  }
});
