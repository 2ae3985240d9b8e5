/** Serves the built web app: hashed files for ever, one page for every address a person can type. */
import { access, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import fastifyStatic from '@fastify/static';
import type { SetupStatus } from '@minori/contract';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { REPOSITORY } from '../platform/config.ts';
import type { App } from './app-type.ts';
import { problemOf, sendProblem } from './problems.ts';

export const WEB_DIST = join(REPOSITORY, 'apps', 'web', 'dist');
const YEAR_SECONDS = 365 * 24 * 3600;

export interface WebAppDeps {
  readonly dist: string;
  readonly setup: { status(): SetupStatus };
}

export async function registerWebApp(app: App, deps: WebAppDeps): Promise<void> {
  await app.register(fastifyStatic, {
    root: join(deps.dist, 'assets'),
    prefix: '/assets/',
    decorateReply: false,
    index: false,
    dotfiles: 'deny',
    immutable: true,
    maxAge: YEAR_SECONDS * 1000,
    // Built while the server already listens.
    suppressWarning: true,
  });
  app.setNotFoundHandler(async (request, reply) => {
    if (!wantsPage(request)) return sendProblem(reply, problemOf('not_found', 404));
    return sendPage(request, reply, deps);
  });
}

function wantsPage(request: FastifyRequest): boolean {
  const path = request.url.split('?', 1)[0] ?? '/';
  if (request.method !== 'GET' && request.method !== 'HEAD') return false;
  return (
    path !== '/metrics' && !path.startsWith('/api/') && !path.startsWith('/assets/') && !/\.[a-z0-9]{1,8}$/i.test(path)
  );
}

async function sendPage(request: FastifyRequest, reply: FastifyReply, deps: WebAppDeps): Promise<FastifyReply> {
  void reply.type('text/html; charset=utf-8').header('cache-control', 'no-cache');
  const page = join(deps.dist, 'index.html');
  const built = await access(page).then(
    () => true,
    () => false,
  );
  return reply.send(
    built ? await readFile(page) : waitingPage(deps.setup.status(), request.headers['accept-language'] ?? ''),
  );
}

const WORDS = {
  ja: {
    title: '実り Minori を準備しています',
    text: 'この画面は自動で切り替わります。そのままお待ちください。',
    web: '画面',
    database: 'データベース',
    migrations: 'データベースの構成',
    engine: '計算エンジン',
    host: '計算エンジンの起動',
    waiting: '待機中',
    running: '作業中',
    done: '完了',
    failed: '失敗',
  },
  en: {
    title: 'Minori is being set up',
    text: 'This page changes by itself; there is nothing to do.',
    web: 'Pages',
    database: 'Database',
    migrations: 'Database layout',
    engine: 'Engine',
    host: 'Engine start',
    waiting: 'waiting',
    running: 'working',
    done: 'done',
    failed: 'failed',
  },
} as const;

/** What a browser sees in the seconds before the web app itself is built: no script, reloads by itself. */
function waitingPage(status: SetupStatus, acceptLanguage: string): string {
  const locale = /^\s*ja/i.test(acceptLanguage) ? 'ja' : 'en';
  const words = WORDS[locale];
  const steps = status.steps.map((step) => {
    const percent = step.state === 'running' && step.fraction !== null ? ` ${Math.round(step.fraction * 100)} %` : '';
    return `<li>${words[step.id]}: ${words[step.state]}${percent}</li>`;
  });
  return `<!doctype html><html lang="${locale}"><head><meta charset="utf-8"><meta http-equiv="refresh" content="2"><meta name="viewport" content="width=device-width"><title>${words.title}</title></head><body><main><h1>${words.title}</h1><p>${words.text}</p><ul>${steps.join('')}</ul></main></body></html>`;
}
