import { execFile } from 'node:child_process';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import type {
  ImagePage,
  ImageTools,
  LabelUndone,
  LabelUpdated,
  PreviewAnswer,
  PreviewRequest,
  RunDetail,
  ThemeEncoder,
  ThemeImageDetail,
  ThemeQueues,
  VisualizeAnswer,
  VisualizeRequest,
} from '@minori/contract';
import { ensureEngine } from '@minori/engine-env';
import sharp from 'sharp';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { REPOSITORY } from '../platform/config.ts';
import { createTestServer } from '../testing/server.ts';
import type { Person, TestServer } from '../testing/server.ts';
import { readEvents } from '../themes/events.ts';
import { createTheme, fill, upload } from '../themes/testing/bench.ts';
import { applyStep } from './ops/index.ts';
import { createQueueCounts } from './queue-counts.ts';

/** A survey is batch work: on a busy machine it comes last. */
const WAIT_MS = 400_000;
let server: TestServer;
let alice: Person;

beforeAll(async () => {
  server = await createTestServer({}, { engine: true });
  alice = await server.person('alice');
}, WAIT_MS);
afterAll(() => server.close());

async function ask<T>(method: 'GET' | 'POST' | 'PUT', url: string, payload?: object) {
  return server.json<T>({ method, url, headers: alice.headers, ...(payload === undefined ? {} : { payload }) });
}

/** A disc or stripes, each somewhere else and in another colour. */
async function drawing(kind: 'disc' | 'stripes', number: number): Promise<Buffer> {
  const [a, b] = [(number * 37) % 60, (number * 53) % 60];
  const shape =
    kind === 'disc'
      ? `<circle cx="${60 + a}" cy="${60 + b}" r="${25 + (number % 5) * 4}" fill="hsl(${number * 41} 80% 45%)"/>`
      : Array.from(
          { length: 6 },
          (_, at) =>
            `<rect x="${a / 2 + at * (20 + (number % 4))}" width="9" height="180" fill="hsl(${number * 29} 70% 40%)"/>`,
        ).join('');
  const dots = `<circle cx="${b * 2 + 20}" cy="${a * 2 + 15}" r="6"/><circle cx="${a + 9}" cy="${170 - b}" r="4"/>`;
  return sharp(
    Buffer.from(`<svg width="180" height="180"><rect width="180" height="180" fill="#eee"/>${shape}${dots}</svg>`),
  )
    .removeAlpha()
    .png()
    .toBuffer();
}

/** A small network with drawn weights, written by transformers' own classes. */
async function makeEncoder(folder: string): Promise<void> {
  const { python } = await ensureEngine();
  const engine = join(REPOSITORY, 'engine');
  const code = 'import sys, pathlib, tiny_encoders; tiny_encoders.make_encoder("dinov2", pathlib.Path(sys.argv[1]))';
  const env = { ...process.env, PYTHONPATH: [join(engine, 'src'), join(engine, 'tests')].join(':') };
  await promisify(execFile)(python, ['-c', code, folder], { env });
}

async function finished(themeId: number): Promise<ThemeQueues> {
  const deadline = performance.now() + WAIT_MS;
  for (;;) {
    const { body } = await ask<ThemeQueues>('GET', `/api/v1/themes/${themeId}/queues`);
    if (body.run !== null && ['succeeded', 'failed', 'cancelled'].includes(body.run.status)) return body;
    if (performance.now() > deadline) throw new Error(`not finished: ${JSON.stringify(body)}`);
    await sleep(100);
  }
}

test(
  'a survey fills the queues, proposes labels and finds copies; the next one only looks at what is new',
  async () => {
    const theme = await createTheme(server, alice, ['disc', 'stripes']);
    const files: [string, Buffer][] = [];
    for (let number = 0; number < 20; number++)
      for (const kind of ['disc', 'stripes'] as const)
        files.push([`${kind}-${number}.png`, await drawing(kind, number)]);
    const { image_ids: ids } = await upload(server, alice, theme.id, files);
    const labelOf = new Map(theme.label_list.map(({ id, label_name: name }) => [name, id]));
    const kindOf = (at: number) => labelOf.get(files[at]?.[0].split('-')[0] ?? '');
    // The last one of the labeled is wrong.
    for (let at = 0; at < 32; at++)
      await ask('POST', `/api/theme/${theme.id}/label/update/`, {
        image_id: ids[at],
        label_id: at === 31 ? labelOf.get('disc') : kindOf(at),
      });

    const before = await ask<ThemeQueues>('GET', `/api/v1/themes/${theme.id}/queues`);
    expect(before.body).toMatchObject({ run: null, computed_at: null, new_images: 40, prelabels: 0, probe: null });
    const started = await ask<ThemeQueues>('POST', `/api/v1/themes/${theme.id}/queues`, { seed: 3 });
    expect(started.status).toBe(202);
    expect((await ask('POST', `/api/v1/themes/${theme.id}/queues`, {})).body).toMatchObject({ code: 'queues_running' });
    const done = await finished(theme.id);
    const run = (await ask<RunDetail>('GET', `/api/v1/runs/${done.run?.id}`)).body;
    expect(run.run.failure).toBeNull();
    expect(run.run.metrics).toMatchObject({ images: 40, new: 40, looked: 40, failed: 0 });
    expect(done).toMatchObject({ prelabels: 8, new_images: 0, probe: { labeled: 32, classes: 2 } });
    expect(done.queues.map(({ name, images, asked }) => [name, images, asked])).toEqual([
      ['random', 40, 8],
      ['diverse', 8, 8],
      ['uncertain', 8, 8],
      ['suspicious', 32, expect.any(Number)],
      ['duplicates', expect.any(Number), expect.any(Number)],
    ]);
    expect(done.queues.map(({ asked, waiting }) => asked - waiting)).toEqual([0, 0, 0, 0, 0]);

    // What is counted by what people have touched must be what counting everything says.
    const countedRight = async () => {
      const { computedAt, queues, prelabels, disputed, newImages, newLabels } = await createQueueCounts(server.db).read(
        theme.id,
      );
      expect((await ask<ThemeQueues>('GET', `/api/v1/themes/${theme.id}/queues`)).body).toMatchObject({
        computed_at: computedAt?.toISOString(),
        queues,
        prelabels,
        disputed,
        new_images: newImages,
        new_labels: newLabels,
      });
      return queues;
    };
    const page = async (query: string) =>
      (await ask<ImagePage>('GET', `/api/theme/${theme.id}/images/?${query}`)).body.items;
    const worst = (await page('queue=suspicious')).slice(0, 3);
    expect(worst.map(({ id }) => id)).toContain(ids[31]);
    const proposals = await page('state=unlabeled');
    const right = proposals.filter(({ id, prelabel }) => prelabel?.label_id === kindOf(ids.indexOf(id)));
    expect(right.length).toBeGreaterThanOrEqual(7);

    // A refused proposal is gone, and undo brings it back; what is accepted is no judgement of a person.
    const [first, second, ...rest] = proposals.map(({ id }) => id);
    const post = async <T = LabelUpdated>(path: string, payload: object = {}) =>
      (await ask<T>('POST', `/api/v1/themes/${theme.id}/${path}`, payload)).body;
    const refuse = { subject: 'proposal', image_ids: [first] };
    expect(await post('decisions', refuse)).toMatchObject({ updated: 1 });
    expect(await post('decisions', refuse)).toMatchObject({ updated: 0, unchanged: 1, batch_id: null });
    expect(await post('prelabels/accept', { threshold: 0, dry_run: true })).toMatchObject({
      updated: 7,
      batch_id: null,
    });
    expect(await post<LabelUndone>('undo')).toMatchObject({ updated: 1, conflicts: 0, image_ids: [first] });
    await post('redo');
    expect(await post('prelabels/accept', { threshold: 0 })).toMatchObject({ updated: 7 });
    const accepted = (await ask<ThemeImageDetail>('GET', `/api/theme/${theme.id}/images/${second}/`)).body;
    expect(accepted).toMatchObject({ labeled_by: 'alice', label_source: 'prelabel', votes: [], prelabel: null });
    expect((await page('state=unlabeled')).map(({ id, prelabel }) => [id, prelabel])).toEqual([[first, null]]);
    expect((await page('queue=random&waiting=true')).map(({ id }) => id)).toEqual([first]);
    expect((await countedRight()).find(({ name }) => name === 'random')).toMatchObject({ asked: 8, waiting: 1 });
    expect(await post<LabelUndone>('undo')).toMatchObject({ updated: 7 });
    expect((await page('proposed=0')).map(({ id }) => id)).toEqual([second, ...rest]);

    // A doubt is answered once: the label stands, or the other one is taken.
    const doubted = await page('queue=suspicious&waiting=true');
    expect(doubted.map(({ id }) => id)).toContain(ids[31]);
    expect(doubted.every(({ label_id: label, prelabel }) => prelabel !== null && prelabel.label_id !== label)).toBe(
      true,
    );
    const wrong = doubted.find(({ id }) => id === ids[31]);
    const answer = async (label_id: number | null | undefined) =>
      (
        await ask<LabelUpdated>('POST', `/api/theme/${theme.id}/label/update/`, {
          image_id: ids[31],
          label_id,
          settle: true,
        })
      ).body;
    expect(await answer(wrong?.label_id)).toMatchObject({ updated: 0, unchanged: 1, batch_id: expect.any(Number) });
    const stands = (await ask<ThemeImageDetail>('GET', `/api/theme/${theme.id}/images/${ids[31]}/`)).body;
    expect(stands).toMatchObject({ decided: ['label'], settled: { annotator: 'alice' } });
    const left = async () => (await page('queue=suspicious&waiting=true')).map(({ id }) => id);
    expect(await left()).not.toContain(ids[31]);
    await countedRight();
    await post('undo');
    expect(await left()).toContain(ids[31]);
    await countedRight();
    expect(await answer(wrong?.prelabel?.label_id)).toMatchObject({ updated: 1 });
    expect(await left()).not.toContain(ids[31]);

    const copy = await sharp(files[4]?.[1]).resize(150, 150).jpeg({ quality: 70 }).toBuffer();
    const { image_ids: added } = await upload(server, alice, theme.id, [['copy.jpg', copy]]);
    await countedRight();
    await ask('POST', `/api/v1/themes/${theme.id}/queues`, {});
    const again = await finished(theme.id);
    const next = (await ask<RunDetail>('GET', `/api/v1/runs/${again.run?.id}`)).body.run;
    expect(next.metrics).toMatchObject({ images: 41, new: 1, looked: 1 });
    const detail = await ask<ThemeImageDetail>('GET', `/api/theme/${theme.id}/images/${added[0]}/`);
    expect(detail.body.duplicates.filter(({ kind }) => kind === 'embedding').map(({ id }) => id)).toEqual([ids[4]]);
    const copies = (await page('queue=duplicates')).map(({ id }) => id);
    expect(copies).toEqual(expect.arrayContaining([ids[4], added[0]]));
    expect(await post('decisions', { subject: 'copies', image_ids: [ids[4], added[0]] })).toMatchObject({ updated: 2 });
    expect((await page('queue=duplicates&waiting=true')).map(({ id }) => id)).not.toContain(ids[4]);
    expect((await page('queue=duplicates')).find(({ id }) => id === ids[4])).toMatchObject({ decided: ['copies'] });

    await countedRight();

    // Another encoder looks at all pictures with its own eyes; what is kept of the first one is used again.
    const encoder = `/api/v1/themes/${theme.id}/encoder`;
    expect((await ask<ThemeEncoder>('GET', encoder)).body).toMatchObject({ name: null, encoders: [] });
    expect(await ask('PUT', encoder, { name: 'tiny' })).toMatchObject({
      status: 422,
      body: { code: 'encoder_not_found', params: { encoder: 'tiny' } },
    });
    const encoders = join(server.home.root, 'models', 'encoders');
    await makeEncoder(join(encoders, 'tiny'));
    await mkdir(join(encoders, 'half'));
    await writeFile(join(encoders, 'half', 'config.json'), '{"model_type": "vit"}');
    const missing = ['preprocessor_config.json', 'model.safetensors'];
    expect((await ask<ThemeEncoder>('GET', encoder)).body.encoders).toEqual([
      { name: 'half', kind: 'vit', bytes: 0, missing },
      { name: 'tiny', kind: 'dinov2', bytes: expect.any(Number), missing: [] },
    ]);
    expect((await ask('PUT', encoder, { name: 'half' })).body).toMatchObject({
      code: 'encoder_file_missing',
      params: { file: missing.join(', ') },
    });
    const other = await sharp(files[6]?.[1]).resize(150, 150).jpeg({ quality: 70 }).toBuffer();
    const { image_ids: copied } = await upload(server, alice, theme.id, [['other.jpg', other]]);
    for (const [name, added, looked] of [
      ['tiny', 42, 1],
      [null, 1, 0],
    ] as const) {
      expect((await ask<ThemeEncoder>('PUT', encoder, { name })).body).toMatchObject({ name });
      const changed = await ask<ThemeQueues>('POST', `/api/v1/themes/${theme.id}/queues`, {});
      expect(changed.body.encoder_changed).toBe(true);
      const then = await finished(theme.id);
      expect(then.encoder_changed).toBe(false);
      const { run: of } = (await ask<RunDetail>('GET', `/api/v1/runs/${then.run?.id}`)).body;
      expect(of.failure).toBeNull();
      expect(of.metrics).toMatchObject({ images: 42, new: added, looked });
    }

    // Many at once, and the last copy of a picture: counted by what was touched, too.
    await countedRight();
    const more = await fill(server, alice, theme.id, 260, 1000);
    await countedRight();
    await ask('POST', `/api/theme/${theme.id}/label/update/`, { filter: { state: 'unlabeled' }, label_id: kindOf(0) });
    const told = await readEvents(server.db, theme.id, 0);
    expect(told.findLast(({ type }) => type === 'labels')?.image_ids).toBeNull();
    await countedRight();
    const waiting = async () => (await page('queue=duplicates&waiting=true')).map(({ id }) => id);
    expect(await waiting()).toEqual(expect.arrayContaining([ids[6], copied[0]]));
    const gone = await ask('POST', `/api/theme/${theme.id}/images/delete/`, { image_ids: [copied[0], ...more] });
    expect(gone.body).toMatchObject({ deleted: 261 });
    expect(await waiting()).not.toContain(ids[6]);
    await countedRight();
  },
  WAIT_MS,
);

test('a theme without pictures has nothing to look at', async () => {
  const theme = await createTheme(server, alice);
  const answer = await ask('POST', `/api/v1/themes/${theme.id}/queues`, {});
  expect(answer).toMatchObject({ status: 409, body: { code: 'theme_empty' } });
});

test(
  'a preview shows the bytes that Node computes too, and says what is wrong',
  async () => {
    const theme = await createTheme(server, alice);
    const picture = await drawing('disc', 7);
    const { image_ids: ids } = await upload(server, alice, theme.id, [['disc.png', picture]]);
    const preview = async (request: Omit<PreviewRequest, 'image_id'>) =>
      ask<PreviewAnswer>('POST', `/api/v1/themes/${theme.id}/preview`, { image_id: ids[0], ...request });
    const steps = [
      { name: 'clahe', clip_limit: 3, tiles: 4 },
      { name: 'gamma', gamma: 0.7 },
      { name: 'resize', width: 64, height: 48 },
    ] as const;
    const { status, body } = await preview({
      preprocessing: { steps: [...steps] },
      augmentation: { image: { size: 32 }, train: [{ name: 'GaussNoise', p: 1 }] },
      views: ['steps', 'train', 'evaluation'],
      samples: 4,
    });
    expect(status).toBe(200);
    expect(body.pictures.map(({ view, step, width, height }) => [view, step, width, height])).toEqual([
      ['steps', 'clahe', 180, 180],
      ['steps', 'gamma', 180, 180],
      ['steps', 'resize', 64, 48],
      ...Array.from({ length: 4 }, () => ['train', null, 32, 32]),
      ['evaluation', null, 32, 32],
    ]);
    expect(new Set(body.pictures.slice(3, 7).map(({ png }) => png)).size).toBe(4);
    const raw = async (file: Buffer) => new Uint8Array(await sharp(file).removeAlpha().raw().toBuffer());
    let pixels = { width: 180, height: 180, data: await raw(picture) };
    for (const [at, step] of steps.entries()) {
      const [next] = applyStep(pixels, step);
      if (next === undefined) throw new Error('a step gave nothing');
      pixels = { ...next, data: new Uint8Array(next.data) };
      expect(Buffer.compare(await raw(Buffer.from(body.pictures[at]?.png ?? '', 'base64')), pixels.data)).toBe(0);
    }
    expect(
      await preview({ augmentation: { library: 'albumentations', train: [{ name: 'Rotate' }] }, views: ['train'] }),
    ).toMatchObject({ status: 503, body: { code: 'library_missing', params: { library: 'albumentations' } } });
    expect(
      await preview({ preprocessing: { steps: [{ name: 'custom', plugin: 'mine' }] }, views: ['steps'] }),
    ).toMatchObject({ status: 422, body: { code: 'plugin_missing' } });
    expect(await preview({ augmentation: { validation: [{ name: 'Rotate' }] }, views: ['train'] })).toMatchObject({
      status: 400,
    });
  },
  WAIT_MS,
);

test(
  'contact sheets are drawn of a theme and of pictures that come along; own steps are listed with their mistakes',
  async () => {
    const theme = await createTheme(server, alice, ['disc', 'stripes']);
    const files: [string, Buffer][] = [];
    for (let number = 0; number < 3; number++) files.push([`disc-${number}.png`, await drawing('disc', number)]);
    await upload(server, alice, theme.id, files);
    const draw = (payload: VisualizeRequest) => ask<VisualizeAnswer>('POST', '/api/v1/visualizations', payload);
    const first = await draw({ what: 'augmentation', theme_id: theme.id, auguments: 'image: {size: 48}' });
    expect(first.body.sheets.map(({ name }) => name)).toEqual(['samples', 'evaluation', 'libraries']);
    expect(first.body.pictures.map(({ name }) => name).toSorted()).toEqual(files.map(([name]) => name));
    expect(first.body.missing).toContain('albumentations');
    const [sheet] = first.body.sheets;
    expect(await sharp(Buffer.from(sheet?.png ?? '', 'base64')).metadata()).toMatchObject({
      format: 'png',
      width: sheet?.width,
      height: sheet?.height,
    });
    const content = files[0]?.[1].toString('base64') ?? '';
    const sent = await draw({ what: 'dataset', images: [{ name: 'a.png', label: 'disc', content }] });
    expect(sent.body.sheets.map(({ name }) => name)).toEqual(['pictures', 'batch-1', 'validation']);
    expect(await draw({ what: 'dataset', theme_id: theme.id, params: 'training: {epochs: 3}' })).toMatchObject({
      status: 422,
      body: { code: 'theme_config_invalid' },
    });
    const bob = await server.person('bob');
    const foreign = await server.json({
      method: 'POST',
      url: '/api/v1/visualizations',
      headers: bob.headers,
      payload: { what: 'dataset', theme_id: theme.id },
    });
    expect(foreign.status).toBe(404);

    const before = await ask<ImageTools>('GET', '/api/v1/image-tools');
    expect(before.body).toMatchObject({ plugins: [], libraries: [{ name: 'albumentations', installed: false }, {}] });
    await mkdir(before.body.folder, { recursive: true });
    await writeFile(join(before.body.folder, 'half.py'), 'def apply(image, level=2):\n    return image[0]\n');
    expect((await ask<ImageTools>('GET', '/api/v1/image-tools')).body.plugins).toEqual([
      { name: 'half', about: '', parameters: [{ name: 'level', default: 2 }], error: null },
    ]);
  },
  WAIT_MS,
);

test(
  'before the engine is there, deterministic steps are shown all the same',
  async () => {
    const bare = await createTestServer();
    try {
      const bob = await bare.person('bob');
      const theme = await createTheme(bare, bob);
      const picture = await drawing('stripes', 3);
      const { image_ids: ids } = await upload(bare, bob, theme.id, [['stripes.png', picture]]);
      const preview = async (
        from: TestServer,
        person: Person,
        themeId: number,
        imageId: number | undefined,
        views: string[],
      ) =>
        from.json<PreviewAnswer>({
          method: 'POST',
          url: `/api/v1/themes/${themeId}/preview`,
          headers: person.headers,
          payload: { image_id: imageId, preprocessing: { steps: [{ name: 'histogram_equalization' }] }, views },
        });
      const quick = await preview(bare, bob, theme.id, ids[0], ['original', 'steps']);
      const own = await createTheme(server, alice);
      const { image_ids: same } = await upload(server, alice, own.id, [['stripes.png', picture]]);
      const engine = await preview(server, alice, own.id, same[0], ['original', 'steps']);
      expect(quick.body.pictures.map(({ view, step }) => [view, step])).toEqual([
        ['original', null],
        ['steps', 'histogram_equalization'],
      ]);
      const raw = async (png: string) => sharp(Buffer.from(png, 'base64')).removeAlpha().raw().toBuffer();
      for (const [at, { png }] of quick.body.pictures.entries())
        expect(Buffer.compare(await raw(png), await raw(engine.body.pictures[at]?.png ?? ''))).toBe(0);
      expect(await preview(bare, bob, theme.id, ids[0], ['train'])).toMatchObject({
        status: 503,
        body: { code: 'engine_not_ready' },
      });
    } finally {
      await bare.close();
    }
  },
  WAIT_MS,
);
