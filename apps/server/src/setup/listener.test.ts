/** The socket before there is an app behind it. */
import { once } from 'node:events';
import { request } from 'node:http';
import { expect, test } from 'vitest';
import { listen } from './listener.ts';

const tls = { cert: null, key: null };

test('goes from one handler to the next, and knows how long nobody has asked', async () => {
  let now = 1000;
  const listener = await listen(
    { host: '127.0.0.1', port: 0, tls },
    false,
    (_request, response) => response.end('first'),
    () => now,
  );
  expect(await (await fetch(listener.url)).text()).toBe('first');
  let finish = () => {};
  listener.use((_request, response) => {
    response.write('second');
    finish = () => response.end();
  });
  const open = request(listener.url).end();
  await once(open, 'response');
  now = 90_000;
  // An open stream is a client, however quiet it is.
  expect(listener.idleFor(now)).toBe(0);
  finish();
  await expect.poll(() => listener.idleFor(now + 5000)).toBe(5000);
  await listener.close();
  await expect(fetch(listener.url)).rejects.toThrow();
});

test('refuses what it cannot or should not listen on', async () => {
  const handler = () => {};
  const at = (host: string, port: number, insecure = false) => listen({ host, port, tls }, insecure, handler, () => 0);
  await expect(at('0.0.0.0', 0)).rejects.toMatchObject({ code: 'needs_tls', params: { host: '0.0.0.0' } });
  const first = await at('127.0.0.1', 0);
  const port = Number(new URL(first.url).port);
  await expect(at('127.0.0.1', port)).rejects.toMatchObject({ code: 'port_in_use', params: { port } });
  await expect(at('192.0.2.1', 0, true)).rejects.toMatchObject({ code: 'listen_failed' });
  await expect(
    listen({ host: '127.0.0.1', port: 0, tls: { cert: '/nonexistent', key: '/nonexistent' } }, false, handler, () => 0),
  ).rejects.toMatchObject({ code: 'config_invalid' });
  const wide = await at('0.0.0.0', 0, true);
  expect(wide.url).toMatch(/^http:\/\/127\.0\.0\.1:/);
  await first.close();
  await wide.close();
});
