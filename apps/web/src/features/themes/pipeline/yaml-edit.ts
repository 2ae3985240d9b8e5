/** Changes single values of a YAML text; comments, order and everything else stay as a person wrote them. */
import { type Document, isCollection, isMap, isSeq, parseDocument } from 'yaml';

export type Path = readonly (string | number)[];

/** The text with the change; unchanged where it is no YAML, since nobody could know what was meant. */
function edited(text: string, change: (document: Document) => void): string {
  const document = parseDocument(text) as Document;
  if (document.errors.length > 0) return text;
  // An empty `{}` would put everything on one line.
  if (document.contents === null || (isCollection(document.contents) && document.contents.items.length === 0))
    document.contents = document.createNode({});
  change(document);
  return document.toString({ lineWidth: 110 });
}

export const withValue = (text: string, path: Path, value: unknown): string =>
  edited(text, (document) => put(document, path, value));

export const withoutValue = (text: string, path: Path): string =>
  edited(text, (document) => void document.deleteIn(path));

/** Adds to a list, which is made where there is none. */
export const withItem = (text: string, path: Path, item: unknown): string =>
  edited(text, (document) => {
    const list = document.getIn(path, true);
    if (isSeq(list) && list.items.length > 0) list.add(document.createNode(item));
    else put(document, path, [item]);
  });

export const withMovedItem = (text: string, path: Path, from: number, to: number): string =>
  edited(text, (document) => {
    const list = document.getIn(path, true);
    if (!isSeq(list) || from === to || to < 0 || to >= list.items.length) return;
    const [moved] = list.items.splice(from, 1);
    list.items.splice(to, 0, moved);
  });

function put(document: Document, path: Path, value: unknown): void {
  // `preprocessing:` with nothing behind it is null, and null holds no names.
  for (let length = 1; length < path.length; length++) {
    const above = path.slice(0, length);
    const node = document.getIn(above, true);
    if (!isMap(node) && !isSeq(node))
      document.setIn(above, document.createNode(typeof path[length] === 'number' ? [] : {}));
  }
  document.setIn(path, value !== null && typeof value === 'object' ? document.createNode(value, flow(value)) : value);
}

/** Short lists of numbers stay on one line, as in `[0.5, 1]`. */
const flow = (value: object) =>
  Array.isArray(value) && value.every((item) => typeof item !== 'object') ? { flow: true } : {};

/** What the text says, without defaults; null where it is no YAML. */
export function rawOf(text: string): Record<string, unknown> | null {
  try {
    const document = parseDocument(text);
    if (document.errors.length > 0) return null;
    const value: unknown = document.toJS({ maxAliasCount: 20 }) ?? {};
    return typeof value === 'object' && !Array.isArray(value) ? (value as Record<string, unknown>) : null;
  } catch {
    return null;
  }
}
