/** What an administrator does to many rows at once: each by the act that its own page has, so the same rules and records hold. */
import { ADMIN_ACTIONS, ProblemError } from '@minori/contract';
import type { AdminActed, AdminAction, AdminTable } from '@minori/contract';
import { audit } from '../audit/store.ts';
import type { Scope } from '../identity/scope.ts';
import { findTheme, lockTheme } from '../themes/access.ts';
import { recordEvent } from '../themes/events.ts';
import { deleteImages } from '../themes/images.ts';
import { updateLabels } from '../themes/labeling.ts';
import { deleteLabel } from '../themes/labels.ts';
import { putMember } from '../themes/members.ts';
import type { RegisterDeps } from '../themes/register.ts';
import { deleteTheme } from '../themes/store.ts';

interface Act {
  readonly ids: readonly number[];
  readonly action: AdminAction;
  readonly owner?: string | undefined;
}

/** @throws ProblemError admin_action_invalid 400 */
export async function act(deps: RegisterDeps, scope: Scope, table: AdminTable, wish: Act): Promise<AdminActed> {
  if (!(ADMIN_ACTIONS[table] as readonly string[]).includes(wish.action))
    throw new ProblemError('admin_action_invalid', 400, { action: wish.action, table });
  const refused: AdminActed['refused'] = [];
  let done = 0;
  for (const id of new Set(wish.ids))
    try {
      await one(deps, scope, table, id, wish);
      done += 1;
    } catch (error) {
      if (!(error instanceof ProblemError) || error.status >= 500) throw error;
      refused.push({ id, code: error.code, params: error.params });
    }
  // The history of labels says this of each picture; the audit log says that it was done at once, and from here.
  if (wish.action === 'unlabel')
    await audit(deps.db, scope, {
      action: 'image.unlabel',
      target: { type: 'table', id: table },
      params: { images: done, image_ids: wish.ids.slice(0, 50) },
    });
  return { done, refused };
}

async function one(deps: RegisterDeps, scope: Scope, table: AdminTable, id: number, wish: Act): Promise<void> {
  if (table === 'themes') return ofTheme(deps, scope, id, wish);
  if (table === 'labels') {
    const row = await deps.db.selectFrom('label').select('theme_id').where('id', '=', id).executeTakeFirst();
    if (row === undefined) throw new ProblemError('label_not_found', 404);
    return deleteLabel(deps, scope, { theme_id: row.theme_id, label_id: id }, true);
  }
  const row = await deps.db.selectFrom('train_data').select('theme_id').where('id', '=', id).executeTakeFirst();
  if (row === undefined) throw new ProblemError('image_not_found', 404);
  if (wish.action === 'delete') await deleteImages(deps, scope, row.theme_id, { image_ids: [id] });
  else
    await updateLabels(deps, scope, row.theme_id, { image_ids: [id], label_id: null, source: 'person', settle: false });
}

async function ofTheme(deps: RegisterDeps, scope: Scope, id: number, { action, owner }: Act): Promise<void> {
  if (action === 'delete') return deleteTheme(deps, scope, id);
  const theme = await findTheme(deps.db, scope, id, 'owner');
  if (action === 'reassign') await reassign(deps, scope, id, owner);
  await deps.db.transaction().execute(async (tx) => {
    await lockTheme(tx, id);
    if (action !== 'reassign')
      await tx
        .updateTable('theme_info')
        .set({ archived_at: action === 'archive' ? new Date() : null })
        .where('theme_id', '=', id)
        .execute();
    await audit(tx, scope, {
      action: `theme.${action}`,
      target: { type: 'theme', id },
      projectId: theme.projectId,
      params: owner === undefined ? {} : { owner },
    });
    await recordEvent(tx, id, { type: 'theme', userId: scope.userId });
  });
  deps.themeFeed.changed(id);
}

/** The new owner also becomes one of the theme's owners; who was one stays it. */
async function reassign(deps: RegisterDeps, scope: Scope, id: number, owner: string | undefined): Promise<void> {
  const user = await deps.db
    .selectFrom('user')
    .select('id')
    .where('username', '=', owner ?? '')
    .executeTakeFirst();
  if (user === undefined) throw new ProblemError('user_not_found', 404);
  await putMember(deps.db, scope, id, user.id, 'owner');
  await deps.db.updateTable('theme_info').set({ owner_id: user.id }).where('theme_id', '=', id).execute();
}
