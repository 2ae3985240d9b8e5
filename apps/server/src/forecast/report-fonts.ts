/** The report's letters come along with it: machines without Japanese fonts would show boxes. */
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';

const FONT = '@fontsource-variable/noto-sans-jp';
/** The pages' own letters, from the package that brings them. */
const pages = createRequire(new URL('../../../web/package.json', import.meta.url));

interface Part {
  readonly ranges: string;
  readonly spans: readonly (readonly [number, number])[];
  readonly file: string;
}
let parts: Promise<readonly Part[]> | null = null;

/** The font lies in many small files, each with the letters that it holds. */
async function readParts(): Promise<readonly Part[]> {
  const text = await readFile(pages.resolve(`${FONT}/unicode.json`), 'utf8');
  return Object.entries(JSON.parse(text) as Record<string, string>).map(([name, ranges]) => ({
    ranges,
    spans: ranges.split(',').map((range) => {
      const [first = '', last = first] = range.trim().replace('U+', '').split('-');
      return [Number.parseInt(first, 16), Number.parseInt(last, 16)] as const;
    }),
    file: pages.resolve(`${FONT}/files/noto-sans-jp-${name.replaceAll(/[[\]]/g, '')}-wght-normal.woff2`),
  }));
}

/** Writes those parts of the font into a report whose letters it uses; done on reading, so that each run stays small. */
export async function withFonts(html: string): Promise<string> {
  parts ??= readParts();
  const text = html
    .replaceAll(/<style>.*?<\/style>|<[^>]+>/gs, ' ')
    .replaceAll(/&#(\d+);/g, (_, code: string) => String.fromCodePoint(Number(code)));
  const letters = [...new Set(text)].map((letter) => letter.codePointAt(0) ?? 0);
  const used = (await parts).filter(({ spans }) =>
    letters.some((letter) => spans.some(([first, last]) => letter >= first && letter <= last)),
  );
  const faces = await Promise.all(
    used.map(async ({ file, ranges }) => {
      const data = (await readFile(file)).toString('base64');
      return `@font-face{font-family:"Noto Sans JP";font-weight:100 900;src:url(data:font/woff2;base64,${data}) format("woff2");unicode-range:${ranges}}`;
    }),
  );
  return html.replace('</head>', () => `<style>${faces.join('')}</style>\n</head>`);
}
