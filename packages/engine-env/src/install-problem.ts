import { ProblemError } from '@minori/contract';

const CAUSES: readonly { readonly code: string; readonly status: number; readonly pattern: RegExp }[] = [
  { code: 'engine_package_altered', status: 500, pattern: /hash mismatch|hashes? .*do(?:es)? not match/i },
  {
    code: 'engine_disk_full',
    status: 507,
    pattern: /no space left on device|os error 28|errno 28|disk quota exceeded|os error 122/i,
  },
  {
    code: 'engine_no_network',
    status: 503,
    pattern:
      /dns error|name resolution|name or service not known|nodename nor servname|error sending request|error trying to connect|connection (?:refused|reset|aborted)|network is unreachable|NewConnectionError|timed out|tls handshake|failed to download|failed to fetch/i,
  },
  { code: 'engine_cache_not_writable', status: 500, pattern: /permission denied|read-only file system/i },
  {
    code: 'engine_package_missing',
    status: 503,
    pattern: /no solution found|no matching distribution|has no wheels|there is no version of/i,
  },
];

/** Names the cause of a failed uv or pip from what it printed. `detail` is its last lines, for a person to read. */
export function installProblem(output: string): ProblemError {
  const cause = CAUSES.find(({ pattern }) => pattern.test(output));
  const detail = output.trim().split('\n').slice(-12).join('\n').slice(-2000);
  return new ProblemError(cause?.code ?? 'engine_install_failed', cause?.status ?? 500, { detail });
}
