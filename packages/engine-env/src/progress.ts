export interface EngineProgress {
  readonly phase: 'uv' | 'resolve' | 'download' | 'install' | 'verify';
  /** The package in hand, when one is. */
  readonly package: string | null;
  /** 0 to 1 over the whole installation. */
  readonly fraction: number;
}

const UNITS: Readonly<Record<string, number>> = { KiB: 2 ** 10, MiB: 2 ** 20, GiB: 2 ** 30 };
const DOWNLOAD_FROM = 0.1;
const DOWNLOAD_TO = 0.9;

/**
 * Turns the lines `uv pip install` prints into progress. uv announces a download with its size when it starts and
 * again when it ends; sizes seen so far are the whole, and the fraction never goes back.
 */
export function uvProgressReader(report: (progress: EngineProgress) => void): (line: string) => void {
  const sizes = new Map<string, number>();
  let total = 0;
  let done = 0;
  let fraction = 0;
  const tell = (phase: EngineProgress['phase'], name: string | null, next: number) => {
    fraction = Math.max(fraction, next);
    report({ phase, package: name, fraction });
  };
  return (line) => {
    const started = /^\s*Downloading (\S+) \(([\d.]+)([KMG]iB)\)/.exec(line);
    if (started) {
      const bytes = Number(started[2]) * (UNITS[started[3] ?? ''] ?? 1);
      sizes.set(started[1] ?? '', bytes);
      total += bytes;
      return tell('download', started[1] ?? null, DOWNLOAD_FROM);
    }
    const ended = /^\s*Downloaded (\S+)/.exec(line);
    if (ended) {
      done += sizes.get(ended[1] ?? '') ?? 0;
      return tell('download', ended[1] ?? null, DOWNLOAD_FROM + (DOWNLOAD_TO - DOWNLOAD_FROM) * (done / (total || 1)));
    }
    if (/^\s*Resolved /.test(line)) return tell('resolve', null, DOWNLOAD_FROM);
    if (/^\s*Prepared /.test(line)) return tell('install', null, DOWNLOAD_TO);
    if (/^\s*Installed /.test(line)) return tell('install', null, 0.95);
  };
}
