/** Single-use links on which a password is set; only a hash of the token is kept. */
import { createHash, randomBytes } from 'node:crypto';
import { ProblemError } from '@minori/contract';
import type { Db, Tx } from '@minori/database';
import type { Clock } from '../platform/clock.ts';

export type LinkPurpose = 'first_admin' | 'invitation' | 'password_reset';
const LIFETIME_MS: Readonly<Record<LinkPurpose, number>> = {
  first_admin: 30 * 60_000,
  invitation: 72 * 3_600_000,
  password_reset: 30 * 60_000,
};

export function hashToken(token: string): string {
  return createHash('sha256').update(token).digest('hex');
}

/** A fresh token; earlier unused ones of the same person and purpose end. */
export async function issueLink(
  db: Db | Tx,
  clock: Clock,
  link: { userId: string; purpose: LinkPurpose; createdBy: string | null },
): Promise<string> {
  const token = randomBytes(32).toString('base64url');
  await db.deleteFrom('setup_link').where('user_id', '=', link.userId).where('used_at', 'is', null).execute();
  await db
    .insertInto('setup_link')
    .values({
      token_hash: hashToken(token),
      user_id: link.userId,
      purpose: link.purpose,
      created_by: link.createdBy,
      expires_at: new Date(clock.now() + LIFETIME_MS[link.purpose]),
    })
    .execute();
  return token;
}

/**
 * Uses a token up in the caller's transaction; two at once cannot both succeed.
 * @throws ProblemError link_invalid 403 when it is unknown, used or expired
 */
export async function useLink(
  tx: Tx,
  clock: Clock,
  token: string,
  purposes: readonly LinkPurpose[],
): Promise<{ userId: string }> {
  const now = new Date(clock.now());
  const row = await tx
    .updateTable('setup_link')
    .set({ used_at: now })
    .where('token_hash', '=', hashToken(token))
    .where('purpose', 'in', purposes)
    .where('used_at', 'is', null)
    .where('expires_at', '>', now)
    .returning('user_id')
    .executeTakeFirst();
  if (!row?.user_id) throw new ProblemError('link_invalid', 403);
  return { userId: row.user_id };
}
