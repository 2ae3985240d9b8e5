import { createTestDatabase } from '@minori/database/testing';
import { getMigrations } from 'better-auth/db/migration';
import { expect, test } from 'vitest';
import { createAuth } from './auth.ts';

test('the tables of our migrations are those that better-auth wants', async () => {
  await using made = await createTestDatabase();
  const auth = createAuth({ db: made.db, secret: 's'.repeat(43), url: 'http://127.0.0.1:8501', secure: false });
  const { toBeCreated, toBeAdded } = await getMigrations(auth.options);
  expect({ toBeCreated, toBeAdded }).toEqual({ toBeCreated: [], toBeAdded: [] });
});
