/** How busy others keep this machine, for limits of time in tests: 1 on an idle one. */

const SAMPLES = 5;
const SAMPLE_CPU_MS = 20;

/** Wall seconds per second of work that needs nothing but a processor: the median of some samples, at least 1. */
export async function machinePace(): Promise<number> {
  const paces: number[] = [];
  for (let sample = 0; sample < SAMPLES; sample++) {
    const began = performance.now();
    const before = process.threadCpuUsage();
    let spent = 0;
    while (spent < SAMPLE_CPU_MS) {
      for (let turn = 0; turn < 10_000; turn++) Math.sqrt(turn);
      const { user, system } = process.threadCpuUsage(before);
      spent = (user + system) / 1000;
    }
    paces.push((performance.now() - began) / spent);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  return Math.max(1, paces.toSorted((a, b) => a - b)[Math.floor(SAMPLES / 2)] ?? 1);
}
