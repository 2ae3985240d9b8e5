/** The graphics card, from one nvidia-smi that stays open; a poll per sample would cost more than the sample. */
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { createInterface } from 'node:readline';

export interface GpuUse {
  readonly name: string;
  /** Mean over all cards. */
  readonly percent: number;
  readonly vram_used_bytes: number;
  readonly vram_total_bytes: number;
}

export interface GpuReader {
  /** Null where there is no card or no driver. */
  latest(): GpuUse | null;
  close(): void;
}

const MEBIBYTE = 1024 ** 2;
const QUERY = [
  '--query-gpu=index,name,utilization.gpu,memory.used,memory.total',
  '--format=csv,noheader,nounits',
  '-l',
  '2',
];

export function createGpuReader(command = 'nvidia-smi'): GpuReader {
  const cards = new Map<string, GpuUse>();
  let child: ChildProcess | null = spawn(command, QUERY, { stdio: ['ignore', 'pipe', 'ignore'] });
  // No such program: no card that we can read.
  child.on('error', () => (child = null));
  child.on('exit', () => {
    child = null;
    cards.clear();
  });
  if (child.stdout)
    createInterface({ input: child.stdout }).on('line', (line) => {
      const card = parseCard(line);
      if (card) cards.set(card.index, card.use);
    });
  return {
    latest: () => combine([...cards.values()]),
    close: () => void child?.kill('SIGTERM'),
  };
}

export function parseCard(line: string): { index: string; use: GpuUse } | null {
  const [index, name, percent, used, total] = line.split(',').map((field) => field.trim());
  if (index === undefined || name === undefined) return null;
  const numbers = [percent, used, total].map(Number);
  if (numbers.some((value) => !Number.isFinite(value))) return null;
  const [share = 0, usedMebibytes = 0, totalMebibytes = 0] = numbers;
  return {
    index,
    use: {
      name,
      percent: share,
      vram_used_bytes: usedMebibytes * MEBIBYTE,
      vram_total_bytes: totalMebibytes * MEBIBYTE,
    },
  };
}

export function combine(cards: readonly GpuUse[]): GpuUse | null {
  const [first] = cards;
  if (!first) return null;
  const sum = (pick: (card: GpuUse) => number) => cards.reduce((total, card) => total + pick(card), 0);
  return {
    name: cards.length === 1 ? first.name : `${cards.length} x ${first.name}`,
    percent: sum((card) => card.percent) / cards.length,
    vram_used_bytes: sum((card) => card.vram_used_bytes),
    vram_total_bytes: sum((card) => card.vram_total_bytes),
  };
}
