/**
 * better-auth, behind this folder only: it keeps passwords, sessions and API keys; who may do what is
 * decided in scope.ts. Tables come from packages/database.
 */
import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { apiKey } from '@better-auth/api-key';
import type { Db } from '@minori/database';
import { betterAuth } from 'better-auth';
import { admin, username } from 'better-auth/plugins';
import { writeFileAtomic } from '../platform/files.ts';
import type { Home } from '../platform/home.ts';

/** Set by us from the socket on every request that better-auth sees; what a client sends is dropped. */
export const CLIENT_ADDRESS_HEADER = 'x-minori-client-address';
export const PASSWORD_MIN = 10;
export const PASSWORD_MAX = 200;
const SESSION_SECONDS = 30 * 24 * 3600;

export interface AuthOptions {
  readonly db: Db;
  readonly secret: string;
  readonly url: string;
  /** Whether cookies travel over TLS only. */
  readonly secure: boolean;
}

export type Auth = ReturnType<typeof createAuth>;

export function createAuth({ db, secret, url, secure }: AuthOptions) {
  return betterAuth({
    appName: 'Minori',
    baseURL: url,
    basePath: '/api/auth',
    secret,
    database: { db, type: 'postgres' },
    // Our own guards compare the origin with the host asked (http/guards.ts); this server has more than one name.
    trustedOrigins: ['*'],
    telemetry: { enabled: false },
    logger: { disabled: true },
    emailAndPassword: {
      enabled: true,
      disableSignUp: true,
      minPasswordLength: PASSWORD_MIN,
      maxPasswordLength: PASSWORD_MAX,
    },
    session: { expiresIn: SESSION_SECONDS, updateAge: 24 * 3600, cookieCache: { enabled: false } },
    rateLimit: {
      enabled: true,
      window: 60,
      max: 100,
      storage: 'memory',
      customRules: { '/sign-in/username': { window: 10, max: 5 } },
    },
    advanced: {
      cookiePrefix: 'minori',
      useSecureCookies: secure,
      defaultCookieAttributes: { httpOnly: true, sameSite: 'lax', secure, path: '/' },
      ipAddress: { ipAddressHeaders: [CLIENT_ADDRESS_HEADER] },
    },
    plugins: [
      username({ minUsernameLength: 3, maxUsernameLength: 40 }),
      admin({ defaultRole: 'viewer', adminRoles: ['admin'] }),
      apiKey({ defaultPrefix: 'minori_', rateLimit: { enabled: false }, enableSessionForAPIKeys: false }),
    ],
  });
}

/** Signs session cookies; made once per home. */
export async function readSecret(home: Home): Promise<string> {
  const file = join(home.run, 'session-secret');
  try {
    return (await readFile(file, 'utf8')).trim();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    const secret = randomBytes(32).toString('base64url');
    await writeFileAtomic(file, `${secret}\n`, 0o600);
    return secret;
  }
}
