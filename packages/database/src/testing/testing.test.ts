import { expect, test } from 'vitest';
import { createTestDatabase, createTestScope } from './index.ts';

test('each test database is a copy of its own', async () => {
  await using first = await createTestDatabase();
  await using second = await createTestDatabase();
  await createTestScope(first.db);
  expect(await first.db.selectFrom('project').selectAll().execute()).toHaveLength(1);
  expect(await second.db.selectFrom('project').selectAll().execute()).toHaveLength(0);
});
