/** Names typed or pasted at once: one a line, or parted by commas, tabs or the Japanese comma. */
export function namesIn(text: string): string[] {
  return text
    .split(/[\n\r\t,，、]+/)
    .map((name) => name.trim())
    .filter((name) => name !== '');
}

/** Those that are not there yet, each once. Labels that differ only by blanks at the ends are the same. */
export function newNames(held: readonly string[], text: string): string[] {
  const known = new Set(held);
  const fresh: string[] = [];
  for (const name of namesIn(text)) {
    if (known.has(name)) continue;
    known.add(name);
    fresh.push(name);
  }
  return fresh;
}
