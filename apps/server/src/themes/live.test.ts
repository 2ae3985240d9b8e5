import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createTestServer } from '../testing/server.ts';
import type { Person, TestServer } from '../testing/server.ts';
import { openEvents } from '../testing/sse.ts';
import { createThemeFeed } from './events.ts';
import { createTheme, fill } from './testing/bench.ts';

let server: TestServer;
let alice: Person;
let bob: Person;
let base: string;
const listener = createServer((request, response) => server.app.routing(request, response));
beforeAll(async () => {
  server = await createTestServer();
  alice = await server.person('alice');
  bob = await server.person('bob');
  await new Promise<void>((resolve) => listener.listen(0, '127.0.0.1', resolve));
  base = `http://127.0.0.1:${(listener.address() as AddressInfo).port}`;
});
afterAll(async () => {
  listener.closeAllConnections();
  listener.close();
  await server.close();
});

test('two people see each other work, also after they were away', { timeout: 30_000 }, async () => {
  const theme = await createTheme(server, alice);
  const [first, second] = await fill(server, alice, theme.id, 2);
  await server.json({
    method: 'PUT',
    url: `/api/v1/themes/${theme.id}/members/bob`,
    headers: alice.headers,
    payload: { role: 'labeler' },
  });
  const label = (person: Person, image: number) =>
    server.json({
      method: 'POST',
      url: `/api/theme/${theme.id}/label/update/`,
      headers: person.headers,
      payload: { image_id: image, label_id: theme.label_list[0]!.id },
    });
  const { body } = await server.json<{ seq: number }>({ url: `/api/theme/${theme.id}/`, headers: bob.headers });
  const { host: _host, ...headers } = bob.headers;
  const stream = await openEvents(`${base}/api/v1/events?topics=theme:${theme.id}@${body.seq}`, headers);
  expect(stream.status).toBe(200);
  await label(alice, first!);
  const [live] = await stream.take(1);
  expect(live).toMatchObject({
    event: 'theme',
    id: `t${theme.id}@${body.seq + 1}`,
    data: { topic: 'theme', event: { type: 'labels', by: 'alice', image_ids: [first] } },
  });
  stream.close();
  await label(alice, second!);
  const again = await openEvents(`${base}/api/v1/events?topics=theme:${theme.id}`, {
    ...headers,
    'last-event-id': live!.id,
  });
  expect(await again.take(1)).toMatchObject([{ data: { event: { seq: body.seq + 2, image_ids: [second] } } }]);
  again.close();
});

test('who was away for too long is told to look again', async () => {
  const theme = await createTheme(server, alice);
  await server.db.updateTable('theme_info').set({ event_seq: 5000 }).where('theme_id', '=', theme.id).execute();
  await server.json({
    method: 'PUT',
    url: `/api/theme/${theme.id}/`,
    headers: alice.headers,
    payload: { description: 'x' },
  });
  const events = await createThemeFeed(server.db).read(theme.id, 1);
  expect(events.map(({ seq, type }) => [seq, type])).toEqual([
    [5000, 'refresh'],
    [5001, 'theme'],
  ]);
});
