/** What holds for every answer: hosts, headers, errors, limits, the document of the API. */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { problem } from '@minori/contract';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createTestServer, HOST, PASSWORD } from '../testing/server.ts';
import type { TestServer } from '../testing/server.ts';
import { routesOf } from '../testing/routes.ts';
import { allowedHosts, isLoopback } from './guards.ts';

let server: TestServer;
beforeAll(async () => {
  server = await createTestServer();
  await mkdir(join(server.deps.dist, 'assets'), { recursive: true });
  await writeFile(join(server.deps.dist, 'index.html'), '<!doctype html><title>built</title>');
  await writeFile(join(server.deps.dist, 'assets', 'app-1a2b.js'), 'export {};');
});
afterAll(() => server.close());

describe('a name', () => {
  test('that is not ours gets no answer', async () => {
    for (const host of ['evil.example', 'evil.example:8501', '127.0.0.1.evil.example', 'localhost.evil.example']) {
      const answer = await server.json({ url: '/api/v1/setup', headers: { host } });
      expect({ host, status: answer.status, code: answer.body['code'] }).toEqual({
        host,
        status: 421,
        code: 'host_not_allowed',
      });
    }
    for (const host of ['localhost', 'LOCALHOST:8501', '127.0.0.1:1', '[::1]:8501'])
      expect((await server.json({ url: '/api/health', headers: { host } })).status).toBe(200);
    // Nobody trusted said so.
    expect(
      (await server.json({ url: '/api/health', headers: { host: 'evil.example', 'x-forwarded-host': 'localhost' } }))
        .status,
    ).toBe(421);
    expect(
      (await server.json({ url: '/api/health', headers: { host: 'localhost', 'x-forwarded-host': 'evil.example' } }))
        .status,
    ).toBe(200);
  });

  test('is allowed when it is configured or bound', () => {
    expect(allowedHosts('192.0.2.5', ['minori.example.org']).has('minori.example.org')).toBe(true);
    expect(allowedHosts('192.0.2.5', []).has('192.0.2.5')).toBe(true);
    expect(allowedHosts('0.0.0.0', []).has('0.0.0.0')).toBe(false);
    expect(['127.0.0.1', '127.9.9.9', 'localhost', '::1'].every(isLoopback)).toBe(true);
    expect(['0.0.0.0', '::', '128.0.0.1', '127.0.0.1.example'].some(isLoopback)).toBe(false);
  });
});

describe('an answer', () => {
  test('carries the headers that keep browsers safe', async () => {
    for (const url of ['/', '/api/health', '/nothing.js']) {
      const { headers } = await server.app.inject({ url, headers: { host: HOST } });
      expect(headers['content-security-policy']).toContain("script-src 'self'");
      expect(headers['content-security-policy']).not.toContain('unsafe-eval');
      expect(headers['x-content-type-options']).toBe('nosniff');
      expect(headers['content-security-policy']).toContain("frame-ancestors 'none'");
      expect(headers['referrer-policy']).toBe('no-referrer');
      expect(headers['access-control-allow-origin']).toBeUndefined();
    }
  });

  test('to a wrong request says what and where, as a problem', async () => {
    const cases = [
      { url: '/api/v1/nothing', status: 404, code: 'not_found' },
      { url: '/api/v1/runs?limit=0', status: 400, code: 'request_invalid' },
      { url: '/api/v1/runs?cursor=@@@', status: 400, code: 'cursor_invalid' },
      { url: '/api/v1/runs?q=mase%3Cx', status: 400, code: 'filter_invalid' },
      { url: '/api/v1/datasets/abc', status: 400, code: 'request_invalid' },
      { url: '/api/v1/runs/999999', status: 404, code: 'run_not_found' },
      { method: 'POST', url: '/api/v1/projects', payload: { name: '' }, status: 400, code: 'request_invalid' },
      {
        method: 'POST',
        url: '/api/v1/projects',
        payload: { name: 'x', extra: 1 },
        status: 400,
        code: 'request_invalid',
      },
      { method: 'PUT', url: '/api/v1/me', status: 404, code: 'not_found' },
    ] as const;
    for (const { status, code, ...request } of cases) {
      const answer = await server.json({ ...request, headers: server.adminHeaders });
      expect({ url: request.url, status: answer.status, code: answer.body['code'] }).toEqual({
        url: request.url,
        status,
        code,
      });
      expect(answer.headers['content-type']).toBe('application/problem+json');
      expect(problem.parse(answer.body).title).not.toBe(code);
    }
    const invalid = await server.json<{ errors: { path: string }[] }>({
      method: 'POST',
      url: '/api/v1/projects',
      payload: { name: 5 },
      headers: server.adminHeaders,
    });
    expect(invalid.body.errors[0]?.path).toContain('name');
  });
});

describe('the pages', () => {
  test('are one page for every address a person can type', async () => {
    for (const url of [
      '/',
      '/runs/20251113-100000-abc123/',
      '/forecast/new/',
      '/theme/3/training/result/20251113-100000-abc123/',
      '/setup/?token=x',
    ]) {
      const answer = await server.app.inject({ url, headers: { host: HOST } });
      expect({ url, status: answer.statusCode, cache: answer.headers['cache-control'] }).toEqual({
        url,
        status: 200,
        cache: 'no-cache',
      });
      expect(answer.body).toContain('built');
    }
    for (const url of ['/api/nothing', '/assets/missing.js', '/favicon.png', '/metrics/x.txt'])
      expect((await server.app.inject({ url, headers: { host: HOST } })).statusCode).toBe(404);
    expect((await server.app.inject({ method: 'POST', url: '/runs/', headers: { host: HOST } })).statusCode).toBe(404);
  });

  test('have files that never change under their name', async () => {
    const answer = await server.app.inject({ url: '/assets/app-1a2b.js', headers: { host: HOST } });
    expect(answer.headers['cache-control']).toBe('public, max-age=31536000, immutable');
    expect(answer.headers['content-type']).toContain('javascript');
    for (const path of [
      '/assets/../index.html',
      '/assets/%2e%2e/%2e%2e/package.json',
      '/assets/..%2f..%2fpackage.json',
    ]) {
      const outside = await server.app.inject({ url: path, headers: { host: HOST } });
      expect(outside.body).not.toContain('"name"');
    }
  });
});

test('the API document names every route and is valid JSON for anybody', async () => {
  const { status, body } = await server.json<{ openapi: string; paths: Record<string, Record<string, unknown>> }>({
    url: '/api/openapi.json',
  });
  expect(status).toBe(200);
  expect(body.openapi).toBe('3.1.0');
  const documented = Object.entries(body.paths).flatMap(([path, methods]) =>
    Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`),
  );
  for (const { method, url } of routesOf(server.app)) {
    if (method === 'HEAD' || !url.startsWith('/api/v1/')) continue;
    expect(documented).toContain(`${method} ${url.replaceAll(/:(\w+)/g, '{$1}')}`);
  }
});

test('numbers for Prometheus are there for whoever is signed in, by route and not by address', async () => {
  expect((await server.app.inject({ url: '/metrics', headers: { host: HOST } })).statusCode).toBe(401);
  await server.json({ url: '/api/v1/runs/4711', headers: server.adminHeaders });
  const answer = await server.app.inject({ url: '/metrics', headers: server.adminHeaders });
  expect(answer.body).toMatch(/minori_http_request_seconds_count\{[^}]*route="\/api\/v1\/runs\/:id"/);
  expect(answer.body).not.toContain('4711');
});

test('what a trusted proxy says is believed, what others say is not', async () => {
  const proxied = await createTestServer({ trustedProxies: ['10.0.0.1'], hosts: new Set(['minori.example.org']) });
  const ask = (remoteAddress: string) =>
    proxied.json({
      url: '/api/health',
      remoteAddress,
      headers: { host: 'internal', 'x-forwarded-host': 'minori.example.org', 'x-forwarded-for': '203.0.113.9' },
    });
  expect((await ask('10.0.0.1')).status).toBe(200);
  expect((await ask('10.0.0.2')).status).toBe(421);
  await proxied.close();
});

test('an address that is no address is refused like any other', async () => {
  for (const url of ['/api/v1/runs/%zz', `/api/v1/runs/${'9'.repeat(400)}`]) {
    const answer = await server.json({ url, headers: server.adminHeaders });
    expect(answer.status).toBeGreaterThanOrEqual(400);
    expect(answer.status).toBeLessThan(500);
    expect(answer.headers['content-type']).toBe('application/problem+json');
  }
});

test('a cookie that comes through a proxy with TLS stays there', async () => {
  const proxied = await createTestServer({ trustedProxies: ['10.0.0.1'], hosts: new Set(['minori.example.org']) });
  await proxied.person('alice');
  const signIn = (protocol: string) =>
    proxied.app.inject({
      method: 'POST',
      url: '/api/auth/sign-in/username',
      payload: { username: 'alice', password: PASSWORD },
      remoteAddress: '10.0.0.1',
      headers: {
        host: 'x',
        'x-forwarded-host': 'minori.example.org',
        'x-forwarded-proto': protocol,
        'x-forwarded-for': '203.0.113.9',
        origin: `${protocol}://minori.example.org`,
      },
    });
  expect(String((await signIn('https')).headers['set-cookie'])).toMatch(/; Secure/);
  expect(String((await signIn('http')).headers['set-cookie'])).not.toMatch(/; Secure/);
  await proxied.close();
});

test("requests are counted per address, except those of this machine's own programs", async () => {
  const limit = async (headers: Record<string, string>) =>
    (await server.app.inject({ url: '/api/v1/me', headers: { host: HOST, ...headers } })).headers['x-ratelimit-limit'];
  expect(Number(await limit({}))).toBeGreaterThan(0);
  expect(await limit(server.adminHeaders)).toBeUndefined();
  expect((await server.app.inject({ url: '/', headers: { host: HOST } })).headers['x-ratelimit-limit']).toBeUndefined();
  // Setting passwords is guarded more closely than reading.
  const statuses = new Set<number>();
  for (let attempt = 0; attempt < 25; attempt++)
    statuses.add(
      (
        await server.json({
          method: 'POST',
          url: '/api/v1/password',
          payload: { token: `guess${attempt}`, password: PASSWORD },
          remoteAddress: '192.0.2.200',
        })
      ).status,
    );
  expect(statuses).toEqual(new Set([403, 429]));
});
