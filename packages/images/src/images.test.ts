import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { deflateSync } from 'node:zlib';
import type { TaskIo } from '@minori/contract';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { item, looksTheSame } from './index.ts';
import type { Item } from './index.ts';
import { inspect } from './inspect.ts';
import { readSmallPng } from './small-png.ts';
import { tasks } from './tasks.ts';
import { pngFrame, zipOf } from './testing/index.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'minori-images-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** A picture with some structure; other numbers give other pictures. */
function drawn(seed: number, width = 96, height = 64) {
  const circles = Array.from({ length: 6 }, (_unused, index) => {
    const value = (seed * 7919 + index * 104_729) % 9973;
    return `<circle cx="${value % width}" cy="${(value * 3) % height}" r="${6 + (value % 14)}" fill="hsl(${value % 360} 70% ${30 + (value % 50)}%)"/>`;
  });
  return sharp(
    Buffer.from(
      `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}"><rect width="100%" height="100%" fill="#dde"/>${circles.join('')}</svg>`,
    ),
  ).flatten();
}

let number = 0;
async function look(content: Buffer) {
  number += 1;
  const path = join(folder, `file-${number}`);
  await writeFile(path, content);
  return inspect(path, { folder, key: `key-${number}` });
}

describe('a picture', () => {
  test('is known by its pixels, whatever it is packed in', async () => {
    const picture = drawn(1);
    const files = [
      await picture.clone().png().toBuffer(),
      await picture.clone().webp({ lossless: true }).toBuffer(),
      await picture.clone().tiff({ compression: 'lzw' }).toBuffer(),
    ];
    const seen = await Promise.all(files.map(look));
    const facts = seen.map((one) => ('facts' in one ? one.facts : null));
    expect(facts.map((one) => one?.format)).toEqual(['png', 'webp', 'tiff']);
    expect(new Set(facts.map((one) => one?.pixels)).size).toBe(1);
    expect(new Set(facts.map((one) => one?.sha256)).size).toBe(3);
    expect(facts[0]).toMatchObject({ width: 96, height: 64, bits: 8, channels: 3, thumb: null, view: null });
    // No browser shows a TIFF.
    expect(facts[2]?.view).toBe('key-3.view.webp');
    expect(await sharp(await readFile(join(folder, 'key-3.view.webp'))).metadata()).toMatchObject({
      format: 'webp',
      width: 96,
    });
  });

  test('that is small and plain is read here as sharp reads it, any other is left to sharp', async () => {
    for (const seed of [21, 22, 23])
      for (const adaptiveFiltering of [false, true])
        for (const space of ['b-w', 'srgb'] as const) {
          const png = await drawn(seed, 61, 47).blur(2).toColourspace(space).png({ adaptiveFiltering }).toBuffer();
          const { data, info } = await sharp(png).toColourspace('srgb').raw().toBuffer({ resolveWithObject: true });
          const read = readSmallPng(png, 256);
          expect(read).toMatchObject({ width: 61, height: 47, channels: space === 'srgb' ? 3 : 1 });
          const seen = Buffer.from(
            [...Array(61 * 47 * 3).keys()].map((at) => data[info.channels === 3 ? at : Math.floor(at / 3)] ?? 0),
          );
          expect(read?.rgb.equals(seen)).toBe(true);
        }
    const png = await drawn(24).png().toBuffer();
    expect(readSmallPng(png, 64)).toBeNull();
    for (const other of [
      await drawn(24).ensureAlpha(0.5).png().toBuffer(),
      await drawn(24).png({ palette: true }).toBuffer(),
      await drawn(24).toColourspace('rgb16').png().toBuffer(),
      await drawn(24).png({ progressive: true }).toBuffer(),
      await drawn(24).withIccProfile('p3').png().toBuffer(),
      png.subarray(0, -20),
      Buffer.concat([png.subarray(0, 60), Buffer.from([(png[60] ?? 0) ^ 1]), png.subarray(61)]),
    ])
      expect(readSmallPng(other, 256)).toBeNull();
  });

  test('is turned as its EXIF says', async () => {
    const seen = await look(await drawn(2).jpeg().withMetadata({ orientation: 6 }).toBuffer());
    expect(seen).toMatchObject({ facts: { width: 64, height: 96, format: 'jpeg' } });
    const thumb = 'facts' in seen ? await sharp(join(folder, seen.facts.thumb ?? '')).metadata() : null;
    expect(thumb).toMatchObject({ width: 64, height: 96 });
  });

  test('may have 16 bits, CMYK, one channel or an alpha', async () => {
    const deep = await look(await drawn(3).toColourspace('rgb16').png().toBuffer());
    expect(deep).toMatchObject({ facts: { bits: 16 } });
    expect(await look(await drawn(3).toColourspace('cmyk').jpeg().toBuffer())).toMatchObject({
      facts: { channels: 4 },
    });
    expect(await look(await drawn(3).toColourspace('b-w').png().toBuffer())).toMatchObject({ facts: { channels: 1 } });
    expect(await look(await drawn(3).ensureAlpha(0.5).png().toBuffer())).toMatchObject({ facts: { channels: 4 } });
  });

  test('looks the same when it is saved smaller or worse, and not like another', async () => {
    const grey = async (content: Buffer) => {
      const seen = await look(content);
      return 'facts' in seen ? Buffer.from(seen.facts.grey, 'base64') : Buffer.alloc(256);
    };
    const [one, worse, smaller, other] = await Promise.all([
      grey(await drawn(4, 400, 300).png().toBuffer()),
      grey(await drawn(4, 400, 300).jpeg({ quality: 50 }).toBuffer()),
      grey(await drawn(4, 400, 300).resize(200).png().toBuffer()),
      grey(await drawn(5, 400, 300).png().toBuffer()),
    ]);
    expect([looksTheSame(one, worse), looksTheSame(one, smaller), looksTheSame(one, other)]).toEqual([
      true,
      true,
      false,
    ]);
  });
});

describe('a hostile file', () => {
  test('is refused with its reason', async () => {
    const jpeg = await drawn(6, 300, 200).jpeg().toBuffer();
    const png = await drawn(6).png().toBuffer();
    const cases: [string, Buffer, string][] = [
      ['nothing', Buffer.alloc(0), 'empty'],
      ['a flood of pixels', pngFrame(60_000, 60_000, deflateSync(Buffer.alloc(1000))), 'too_many_pixels'],
      ['half a JPEG', jpeg.subarray(0, jpeg.length / 2), 'damaged'],
      ['a PNG without its pixels', pngFrame(50, 50, deflateSync(Buffer.alloc(100))), 'damaged'],
      ['a picture and an archive', Buffer.concat([jpeg, zipOf({ 'a.txt': 'x' })]), 'hidden_content'],
      ['a picture and a page', Buffer.concat([png, Buffer.from('<script>alert(1)</script>')]), 'hidden_content'],
      [
        'a drawing that can run',
        Buffer.from('<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'),
        'svg',
      ],
      ['a text', Buffer.from('hello'), 'not_an_image'],
      ['a program called .jpg', Buffer.from('\x7fELF\x02\x01', 'latin1'), 'not_an_image'],
      ['a GIF', Buffer.from('GIF89a\x01\x00\x01\x00', 'latin1'), 'unsupported_format'],
      ['a head and nothing', Buffer.from('89504e470d0a1a0a', 'hex'), 'damaged'],
    ];
    for (const [what, content, reason] of cases)
      expect({ what, ...(await look(content)) }).toEqual({ what, rejected: reason });
  });

  test('does not hide in the trailer of a camera', async () => {
    const jpeg = await drawn(7).jpeg().toBuffer();
    const trailer = Buffer.concat([Buffer.from('\0\0\0\x18ftypmp42', 'latin1'), Buffer.alloc(500, 7)]);
    expect(await look(Buffer.concat([jpeg, trailer]))).toMatchObject({ facts: { format: 'jpeg' } });
  });
});

/** Runs an import as the host would. */
async function imported(source: { kind: 'zip' | 'folder'; path: string }, format = 'auto') {
  const attempt = await mkdtemp(join(folder, 'attempt-'));
  const io: TaskIo = {
    progress: () => undefined,
    log: () => undefined,
    metric: () => undefined,
    partial: () => undefined,
    artifact: () => Promise.resolve(),
    signal: new AbortController().signal,
  };
  const limits = { memory_bytes: null, threads: 1, seconds: 60, grace_seconds: 1 };
  const result = await tasks['images.import']!(
    { input: { source, format, columns: {} }, folder: attempt, seed: 1, limits },
    io,
  );
  const items = (await readFile(join(attempt, 'items.jsonl'), 'utf8'))
    .trim()
    .split('\n')
    .map((line) => item.parse(JSON.parse(line)));
  return { result, items };
}

async function zipFile(entries: Record<string, string | Buffer>): Promise<{ kind: 'zip'; path: string }> {
  number += 1;
  const path = join(folder, `archive-${number}.zip`);
  await writeFile(path, zipOf(entries));
  return { kind: 'zip', path };
}

const brief = (items: readonly Item[]) =>
  Object.fromEntries(
    items.map((one) => [
      one.name,
      'rejected' in one ? one.rejected : [one.annotation.label, one.annotation.split, one.annotation.group],
    ]),
  );

describe('an archive', () => {
  test('gives labels by its folders', async () => {
    const png = await drawn(10).png().toBuffer();
    const jpg = await drawn(11).jpeg().toBuffer();
    const flat = await imported(
      await zipFile({ 'pets/cat/1.png': png, 'pets/dog/2.jpg': jpg, 'pets/readme.txt': 'x' }),
    );
    expect(brief(flat.items)).toEqual({ 'pets/cat/1.png': ['cat', null, null], 'pets/dog/2.jpg': ['dog', null, null] });
    expect(flat.result).toMatchObject({ format: 'folder', pictures: 2 });
    const yolo = await imported(await zipFile({ 'd/train/cat/1.png': png, 'd/val/cat/2.jpg': jpg }));
    expect(brief(yolo.items)).toEqual({
      'd/train/cat/1.png': ['cat', 'train', null],
      'd/val/cat/2.jpg': ['cat', 'valid', null],
    });
    const imagenet = await imported(
      await zipFile({
        'train/n01440764/1.png': png,
        'val/n01443537/2.jpg': jpg,
        'LOC_synset_mapping.txt': 'n01440764 tench, Tinca tinca\nn01443537 goldfish, Carassius auratus\n',
      }),
    );
    expect(imagenet.result['format']).toBe('imagenet');
    expect(brief(imagenet.items)).toEqual({
      'train/n01440764/1.png': ['tench', 'train', null],
      'val/n01443537/2.jpg': ['goldfish', 'valid', null],
    });
    // One folder of pictures is no class.
    expect(brief((await imported(await zipFile({ 'photos/1.png': png }))).items)).toEqual({
      'photos/1.png': [null, null, null],
    });
    expect(brief((await imported(await zipFile({ 'photos/1.png': png }), 'folder')).items)).toEqual({
      'photos/1.png': ['photos', null, null],
    });
  });

  test('gives labels by a table, COCO or Label Studio', async () => {
    const png = await drawn(12).png().toBuffer();
    const csv = await imported(
      await zipFile({
        'x/1.png': png,
        'x/labels.csv': '\uFEFFpath;label;split;group;labeled_by\n1.png;"a;b";valid;lot 7;mika\n9.png;c;;;\n',
      }),
    );
    expect(brief(csv.items)).toEqual({ 'x/1.png': ['a;b', 'valid', 'lot 7'], 'x/9.png': 'not_sent' });
    const coco = await imported(
      await zipFile({
        'images/1.png': png,
        'annotations.json': JSON.stringify({
          images: [{ id: 1, file_name: '1.png' }],
          categories: [{ id: 3, name: 'bolt' }],
          annotations: [{ image_id: 1, category_id: 3, bbox: [] }],
        }),
      }),
    );
    expect(brief(coco.items)).toEqual({ 'images/1.png': ['bolt', null, null] });
    const studio = await imported(
      await zipFile({
        'cat.png': png,
        'export.json': JSON.stringify([
          {
            id: 1,
            data: { image: '/data/upload/3/1a2b3c4d-cat.png' },
            annotations: [
              { completed_by: { email: 'a@example.org' }, result: [{ type: 'choices', value: { choices: ['Cat'] } }] },
            ],
          },
        ]),
      }),
    );
    expect(studio.items[0]).toMatchObject({ annotation: { label: 'Cat', labeled_by: 'a@example.org' } });
  });

  test('that leads outside, hides links or holds rubbish is refused file by file', async () => {
    const png = await drawn(13).png().toBuffer();
    const emoji = `${'長い名前'.repeat(70)}🐈.png`;
    const { items } = await imported(
      await zipFile({
        '../../evil.png': png,
        '/etc/evil.png': png,
        'C:\\evil.png': png,
        'ok/a.png': png,
        'ok/b.svg': '<svg onload="alert(1)"/>',
        [emoji]: png,
        'nested.zip': 'PK',
      }),
    );
    expect(brief(items)).toEqual({
      '../../evil.png': 'path_outside',
      '/etc/evil.png': 'path_outside',
      'C:/evil.png': 'path_outside',
      'ok/a.png': ['ok', null, null],
      'ok/b.svg': 'svg',
      [emoji]: [null, null, null],
    });
  });

  test('that unpacks to a hundred times its size is refused as a whole', async () => {
    const source = await zipFile({ 'a.png': Buffer.alloc(1000) });
    const bytes = await readFile(source.path);
    // The directory may say what it likes; here it says 3 GB.
    const at = bytes.indexOf(Buffer.from('504b0102', 'hex'));
    bytes.writeUInt32LE(3_000_000_000, at + 24);
    await writeFile(source.path, bytes);
    await expect(imported(source)).rejects.toMatchObject({ code: 'archive_bomb' });
    await writeFile(source.path, 'not a zip');
    await expect(imported(source)).rejects.toMatchObject({ code: 'archive_invalid' });
  });

  test('a folder is read without following a link', async () => {
    const root = join(folder, 'root');
    await mkdir(join(root, 'cat'), { recursive: true });
    await mkdir(join(root, 'dog'));
    await writeFile(join(root, 'cat', '1.png'), await drawn(14).png().toBuffer());
    await writeFile(join(folder, 'outside.png'), await drawn(15).png().toBuffer());
    await symlink(join(folder, 'outside.png'), join(root, 'dog', '2.png'));
    await symlink(folder, join(root, 'loop'));
    const { items } = await imported({ kind: 'folder', path: root });
    expect(brief(items)).toEqual({ 'cat/1.png': ['cat', null, null], 'dog/2.png': 'symlink', loop: 'symlink' });
  });
});
