/** What the node host finds in this package. Results go to `items.jsonl` of the attempt, one line a file. */
import { createWriteStream } from 'node:fs';
import { mkdir, open, rm, stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { importColumns, importFormat, TaskFailure } from '@minori/contract';
import type { NodeTaskFunction, NodeTasks, TaskIo } from '@minori/contract';
import { z } from 'zod';
import { isPicture, readAnnotations } from './annotations.ts';
import { inspect } from './inspect.ts';
import { NOTHING } from './item.ts';
import type { Annotation, Item } from './item.ts';
import { outlineOf } from './outline.ts';
import { openAnnotations, openFolder, openNames, openZip } from './source.ts';
import type { Source } from './source.ts';

const inspectInput = z.strictObject({
  files: z.array(z.strictObject({ path: z.string(), name: z.string() })),
});
const annotationFile = z.strictObject({ path: z.string(), name: z.string() });
const source = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('zip'), path: z.string() }),
  z.strictObject({ kind: z.literal('folder'), path: z.string() }),
  /** Annotations of pictures that are somewhere else. */
  z.strictObject({ kind: z.literal('annotations'), ...annotationFile.shape }),
  /** Pictures that are about to be sent. */
  z.strictObject({
    kind: z.literal('names'),
    names: z.array(z.string()),
    annotations: z.array(annotationFile),
  }),
]);
const importInput = z.strictObject({ source, format: importFormat, columns: importColumns });

const LOOKED_AT_ONCE = 4;
/** The disk takes many in the time of one. */
const SYNCED_AT_ONCE = 16;

/** Files that lie on the disk already; they stay where they are. */
const inspectFiles: NodeTaskFunction = async ({ input, folder }, io) => {
  const { files } = inspectInput.parse(input);
  return write(folder, io, files, async ({ path, name }, index) => {
    const seen = await inspect(path, { folder, key: String(index) });
    return 'rejected' in seen ? { name, ...seen } : { name, file: path, facts: seen.facts, annotation: NOTHING };
  });
};

async function opened(asked: z.infer<typeof source>): Promise<Source> {
  switch (asked.kind) {
    case 'zip':
      return openZip(asked.path, (await stat(asked.path)).size);
    case 'folder':
      return openFolder(asked.path);
    case 'annotations':
      return openAnnotations(asked.path, asked.name);
    case 'names':
      return openNames(asked.names, asked.annotations);
  }
}

/** What an import of this would bring; what is said of each picture goes to `said.jsonl`. */
const outlineFiles: NodeTaskFunction = async ({ input, folder }) => {
  const { source: asked, format, columns } = importInput.parse(input);
  const from = await opened(asked);
  try {
    const { outline, said } = await outlineOf(from, format, columns);
    await append(folder, 'said.jsonl', said);
    return outline;
  } finally {
    from.close();
  }
};

/**
 * A zip or a folder: what is a picture is copied into the attempt's folder, as `files/<number>`. Without a
 * single picture, what the annotations say goes to `said.jsonl`.
 */
const importFiles: NodeTaskFunction = async ({ input, folder }, io) => {
  const { source: asked, format, columns } = importInput.parse(input);
  const source = await opened(asked);
  try {
    io.progress(null, 'annotations');
    const annotations = await readAnnotations(source, format, columns);
    if (!source.files.some((file) => file.rejected !== null || isPicture(file))) {
      await append(folder, 'said.jsonl', annotations.said());
      await append(folder, 'items.jsonl', []);
      return { count: 0, pictures: 0, format: annotations.format };
    }
    await mkdir(join(folder, 'files'), { mode: 0o700 });
    const pictures = source.files.filter((file) => file.rejected !== null || isPicture(file));
    const written = await write(folder, io, pictures, async (file, index) => {
      const { name } = file;
      const own: Annotation = annotations.of(name) ?? NOTHING;
      if (file.rejected !== null) return { name, rejected: file.rejected };
      const relative = join('files', String(index));
      const target = join(folder, relative);
      const refused = await source.copy(file, target);
      const seen = refused === null ? await inspect(target, { folder, key: `files/${index}` }) : { rejected: refused };
      if ('rejected' in seen) {
        await rm(target, { force: true });
        return { name, rejected: seen.rejected };
      }
      return { name, file: relative, facts: seen.facts, annotation: own };
    });
    const missing = annotations.missing();
    await append(
      folder,
      'items.jsonl',
      missing.map((name) => ({ name, rejected: 'not_sent' })),
    );
    return { ...written, count: Number(written['count']) + missing.length, format: annotations.format };
  } finally {
    source.close();
  }
};

/** Looks at files a few at a time and writes what was found in the order of the files. Each is on the disk when this resolves. */
async function write<File>(
  folder: string,
  io: TaskIo,
  files: readonly File[],
  look: (file: File, index: number) => Promise<Item>,
): Promise<Record<string, unknown>> {
  const lines = createWriteStream(join(folder, 'items.jsonl'), { mode: 0o600 });
  let pictures = 0;
  let looked: string[] = [];
  for (let at = 0; at < files.length; at += CHUNK) {
    io.signal.throwIfAborted();
    const chunk = [...files.slice(at, at + CHUNK).entries()];
    const items: Item[] = [];
    const looking = eachOf(LOOKED_AT_ONCE, chunk, async ([place, file]) => {
      items[place] = await look(file, at + place);
    });
    // The files before these go to the disk meanwhile.
    await Promise.all([looking, eachOf(SYNCED_AT_ONCE, looked, syncFile)]);
    for (const item of items) lines.write(`${JSON.stringify(item)}\n`);
    looked = items.flatMap((item) => ('rejected' in item ? [] : [resolve(folder, item.file)]));
    pictures += looked.length;
    io.progress((at + chunk.length) / files.length, 'images', at + chunk.length, files.length);
  }
  await eachOf(SYNCED_AT_ONCE, looked, syncFile);
  await new Promise<void>((done, reject) => lines.on('error', reject).end(done));
  await append(folder, 'items.jsonl', []);
  return { count: files.length, pictures };
}

const CHUNK = 64;

async function eachOf<T>(atOnce: number, list: readonly T[], work: (one: T) => Promise<void>): Promise<void> {
  const rest = list.values();
  const worker = async () => {
    for (const one of rest) await work(one);
  };
  await Promise.all(Array.from({ length: atOnce }, worker));
}

async function syncFile(path: string): Promise<void> {
  const file = await open(path, 'r');
  try {
    await file.sync();
  } finally {
    await file.close();
  }
}

async function append(folder: string, name: string, items: readonly unknown[]): Promise<void> {
  const file = await open(join(folder, name), 'a', 0o600);
  try {
    if (items.length > 0) await file.writeFile(items.map((item) => `${JSON.stringify(item)}\n`).join(''));
    await file.sync();
  } finally {
    await file.close();
  }
}

function checked(task: NodeTaskFunction): NodeTaskFunction {
  return async (given, io) => {
    try {
      return await task(given, io);
    } catch (error) {
      if (error instanceof z.ZodError) throw new TaskFailure('bug', 'unexpected_error', {}, z.prettifyError(error));
      throw error;
    }
  };
}

export const tasks: NodeTasks = {
  'images.inspect': checked(inspectFiles),
  'images.import': checked(importFiles),
  'images.outline': checked(outlineFiles),
};
