/**
 * Settings of this server: config/*.yaml of the checkout, then the same names in home/config,
 * then .env, then the environment; the command line wins over all (options.ts).
 */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseEnv } from 'node:util';
import { ProblemError } from '@minori/contract';
import { parse } from 'yaml';
import { z } from 'zod';

export const REPOSITORY = join(import.meta.dirname, '..', '..', '..', '..');
const MAX_FILE_BYTES = 256 * 1024;

const databaseFile = z.strictObject({
  database: z
    .strictObject({
      url: z
        .url({ protocol: /^postgres(ql)?$/ })
        .nullable()
        .default(null),
      max_connections: z.int().min(4).max(100).default(12),
      statement_timeout_seconds: z.number().positive().max(600).default(30),
    })
    .prefault({}),
});
const uiFile = z.strictObject({
  server: z
    .strictObject({
      host: z.string().min(1).default('127.0.0.1'),
      port: z.int().min(0).max(65_535).default(8501),
      allowed_hosts: z.array(z.string().min(1)).default([]),
      trusted_proxies: z.array(z.string().min(1)).default([]),
      tls: z
        .strictObject({ cert: z.string().nullable().default(null), key: z.string().nullable().default(null) })
        .prefault({}),
    })
    .prefault({}),
  uploads: z
    .strictObject({
      max_bytes: z
        .int()
        .positive()
        .default(2 * 1024 ** 3),
      keep_hours: z.number().positive().default(24),
    })
    .prefault({}),
  images: z
    .strictObject({
      /** Folders of this machine from which pictures may be registered. */
      allowed_roots: z.array(z.string().min(1).startsWith('/')).default([]),
    })
    .prefault({}),
});
const loggingFile = z.strictObject({
  logging: z
    .strictObject({
      level: z.enum(['trace', 'debug', 'info', 'warn', 'error']).default('info'),
      max_bytes: z
        .int()
        .min(65_536)
        .default(10 * 1024 ** 2),
      keep: z.int().min(1).max(100).default(5),
    })
    .prefault({}),
});

export type ImagesConfig = z.infer<typeof uiFile>['images'];
export type DatabaseConfig = z.infer<typeof databaseFile>['database'];
export type ServerConfig = z.infer<typeof uiFile>['server'];
export type UploadConfig = z.infer<typeof uiFile>['uploads'];
export type LoggingConfig = z.infer<typeof loggingFile>['logging'];
export interface Config {
  readonly database: DatabaseConfig;
  readonly server: ServerConfig;
  readonly uploads: UploadConfig;
  readonly images: ImagesConfig;
  readonly logging: LoggingConfig;
}

export type Environment = Readonly<Record<string, string | undefined>>;

/** @throws ProblemError config_invalid {file, detail} */
export async function readConfig(home: string, environment: Environment, repository = REPOSITORY): Promise<Config> {
  const env = await withEnvFile(environment, repository);
  const folders = [join(repository, 'config'), join(home, 'config')];
  const { database } = await readFileOf(databaseFile, 'database.yaml', folders);
  const { server, uploads, images } = await readFileOf(uiFile, 'ui_config.yaml', folders);
  const { logging } = await readFileOf(loggingFile, 'logging_config.yaml', folders);
  return checked(
    z.strictObject({
      database: databaseFile.shape.database,
      server: uiFile.shape.server,
      uploads: uiFile.shape.uploads,
      images: uiFile.shape.images,
      logging: loggingFile.shape.logging,
    }),
    'environment',
    {
      database: { ...database, ...given({ url: env['DATABASE_URL'] }) },
      server: {
        ...server,
        ...given({
          host: env['MINORI_HOST'],
          port: env['MINORI_PORT'] ? Number(env['MINORI_PORT']) : undefined,
          allowed_hosts: list(env['MINORI_ALLOWED_HOSTS']),
          trusted_proxies: list(env['MINORI_TRUSTED_PROXIES']),
        }),
      },
      uploads,
      images,
      logging: { ...logging, ...given({ level: env['MINORI_LOG_LEVEL'] }) },
    },
  );
}

async function withEnvFile(environment: Environment, repository: string): Promise<Environment> {
  const text = await readText(join(repository, '.env'));
  return text === null ? environment : { ...parseEnv(text), ...environment };
}

/** Sections of later folders replace the keys of earlier ones. */
async function readFileOf<T extends z.ZodType>(
  schema: T,
  name: string,
  folders: readonly string[],
): Promise<z.infer<T>> {
  let merged: Record<string, unknown> = {};
  for (const folder of folders) {
    const path = join(folder, name);
    const text = await readText(path);
    if (text === null) continue;
    const document = yaml(text, path);
    checked(schema, path, document);
    for (const [section, values] of Object.entries(document)) {
      merged = { ...merged, [section]: { ...(merged[section] as object | undefined), ...(values as object) } };
    }
  }
  return checked(schema, name, merged);
}

function yaml(text: string, file: string): Record<string, unknown> {
  try {
    const document: unknown = parse(text, { maxAliasCount: 20, uniqueKeys: true });
    if (document === null) return {};
    if (typeof document === 'object' && !Array.isArray(document)) return document as Record<string, unknown>;
    throw new Error('the top level must be a mapping');
  } catch (error) {
    throw new ProblemError('config_invalid', 500, { file, detail: messageOf(error) });
  }
}

function checked<T extends z.ZodType>(schema: T, file: string, value: unknown): z.infer<T> {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  throw new ProblemError('config_invalid', 500, {
    file,
    detail: `${issue?.path.join('.') ?? ''}: ${issue?.message ?? ''}`,
  });
}

async function readText(path: string): Promise<string | null> {
  try {
    const text = await readFile(path, 'utf8');
    if (text.length > MAX_FILE_BYTES)
      throw new ProblemError('config_invalid', 500, { file: path, detail: 'larger than 256 KiB' });
    return text;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    if (error instanceof ProblemError) throw error;
    throw new ProblemError('config_invalid', 500, { file: path, detail: messageOf(error) });
  }
}

function given(values: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined && value !== ''));
}

function list(value: string | undefined): string[] | undefined {
  return value
    ? value
        .split(',')
        .map((item) => item.trim())
        .filter(Boolean)
    : undefined;
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
