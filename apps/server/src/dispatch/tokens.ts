/** The lease tokens of this home, on disk: they tell which trees a new server may take over at once. */
import { randomUUID } from 'node:crypto';
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

const TOKENS_KEPT = 8;

/**
 * The lease tokens of this home's servers: one per start, so that a server that was thought dead
 * is fenced, and the earlier ones kept until their trees have been taken over.
 */
export async function openTokens(
  home: string,
): Promise<{ own: string; earlier: string[]; keepOnlyOwn(): Promise<void> }> {
  const folder = join(home, 'run');
  const path = join(folder, 'dispatcher.json');
  await mkdir(folder, { recursive: true });
  const write = async (tokens: readonly string[]) => {
    await writeFile(`${path}.new`, JSON.stringify({ tokens }));
    await rename(`${path}.new`, path);
  };
  const earlier = await readFile(path, 'utf8').then(
    (text) => (JSON.parse(text) as { tokens: string[] }).tokens,
    () => [],
  );
  const own = randomUUID();
  await write([own, ...earlier].slice(0, TOKENS_KEPT));
  return { own, earlier, keepOnlyOwn: async () => await write([own]) };
}
