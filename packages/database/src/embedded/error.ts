/** Why the database cannot be had; `code` is stable, the UI and the launcher word it. */
export class DatabaseSetupError extends Error {
  readonly code:
    | 'postgres_platform_unsupported'
    | 'postgres_download_failed'
    | 'postgres_checksum_mismatch'
    | 'postgres_init_failed'
    | 'postgres_start_failed'
    | 'postgres_major_mismatch'
    | 'home_unreachable'
    | 'socket_folder_unsafe'
    | 'database_unreachable'
    | 'database_too_old'
    | 'database_not_utf8'
    | 'database_no_privilege';
  readonly params: Record<string, unknown>;
  /** Technical text, folded out on demand. */
  readonly detail: string;
  constructor(code: DatabaseSetupError['code'], params: Record<string, unknown>, detail = '') {
    super(`${code} ${JSON.stringify(params)}${detail === '' ? '' : `\n${detail}`}`);
    this.name = 'DatabaseSetupError';
    this.code = code;
    this.params = params;
    this.detail = detail;
  }
}
