/** Everything that can be wrong with the database or a backup, as problems the UI and the launcher word. */
import { ProblemError } from '@minori/contract';

const STATUS = {
  // The embedded server
  postgres_platform_unsupported: 500,
  postgres_pip_missing: 503,
  postgres_download_failed: 503,
  postgres_checksum_mismatch: 500,
  postgres_account_unnamed: 500,
  postgres_init_failed: 500,
  postgres_start_failed: 503,
  postgres_major_mismatch: 500,
  home_closed: 500,
  home_unreachable: 500,
  socket_folder_unsafe: 500,
  disk_full: 507,
  // An external one
  database_unreachable: 503,
  database_too_old: 500,
  database_not_utf8: 500,
  database_no_privilege: 500,
  // Migrations
  database_newer: 500,
  migration_changed: 500,
  // Backups
  backup_unreadable: 422,
  backup_damaged: 422,
  backup_newer: 422,
  restore_target_not_empty: 409,
  backup_failed: 500,
  restore_failed: 500,
} as const;

export type DatabaseProblemCode = keyof typeof STATUS;
export const DATABASE_PROBLEM_CODES = Object.keys(STATUS) as DatabaseProblemCode[];

/** `detail` is technical text, folded out on demand. A full disk is what it is, whoever met it. */
export function databaseProblem(code: DatabaseProblemCode, params: Record<string, unknown>, detail = ''): ProblemError {
  const given = detail === '' ? params : { ...params, detail: detail.slice(-4000) };
  if (code !== 'disk_full' && isDiskFull(detail))
    return new ProblemError('disk_full', STATUS.disk_full, { path: '', ...given });
  return new ProblemError(code, STATUS[code], given);
}

/** What the operating system refuses about the folder `path`, as a problem; every other error as it is. */
export function folderProblem(error: unknown, path: string): unknown {
  if (!(error instanceof Error) || error instanceof ProblemError) return error;
  const { code } = error as NodeJS.ErrnoException;
  if (isDiskFull(error.message) || code === 'ENOSPC' || code === 'EDQUOT') {
    return databaseProblem('disk_full', { path }, error.message);
  }
  if (code === 'EACCES' || code === 'EPERM' || code === 'EROFS' || code === 'ENOTDIR') {
    return databaseProblem('home_unreachable', { path }, error.message);
  }
  return error;
}

function isDiskFull(text: string): boolean {
  return /no space left on device|disk quota exceeded|ENOSPC/i.test(text);
}
