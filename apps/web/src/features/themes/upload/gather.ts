/** What was dropped or picked, folders walked through, each file with its path below the folder. */

export interface Gathered {
  readonly file: File;
  /** `cats/white/1.png` for a file of a dropped folder `cats`; the bare name for a single file. */
  readonly path: string;
}

/** Files that systems leave in folders and nobody means to send. */
const CLUTTER = /(?:^|\/)(?:\.[^/]*|Thumbs\.db|desktop\.ini|__MACOSX\/.*)$/i;
export const isClutter = (path: string): boolean => CLUTTER.test(path);

/** From a file dialog: `webkitRelativePath` is set when a folder was picked. */
export function fromInput(files: Iterable<File>): Gathered[] {
  return [...files]
    .map((file) => ({ file, path: file.webkitRelativePath === '' ? file.name : file.webkitRelativePath }))
    .filter(({ path }) => !isClutter(path));
}

const fileOf = (entry: FileSystemFileEntry): Promise<File> =>
  new Promise((resolve, reject) => entry.file(resolve, reject));
const readSome = (reader: FileSystemDirectoryReader): Promise<FileSystemEntry[]> =>
  new Promise((resolve, reject) => reader.readEntries(resolve, reject));

/**
 * Everything below what was dropped. Call it inside the drop event: the browser empties the list when the event ends.
 * A folder that cannot be read is passed over; its name is in `unreadable`.
 */
export async function fromDrop(transfer: DataTransfer): Promise<{ files: Gathered[]; unreadable: string[] }> {
  const entries = [...transfer.items]
    .filter((item) => item.kind === 'file')
    .map((item) => ({ entry: item.webkitGetAsEntry(), file: item.getAsFile() }));
  const files: Gathered[] = [];
  const unreadable: string[] = [];
  const walk = async (entry: FileSystemEntry, path: string): Promise<void> => {
    try {
      if (entry.isFile) {
        if (!isClutter(path)) files.push({ file: await fileOf(entry as FileSystemFileEntry), path });
        return;
      }
      const reader = (entry as FileSystemDirectoryEntry).createReader();
      // A reader answers at most a hundred entries at a time; an empty answer is the end.
      for (;;) {
        const some = await readSome(reader);
        if (some.length === 0) break;
        for (const child of some) await walk(child, `${path}/${child.name}`);
      }
    } catch {
      unreadable.push(path);
    }
  };
  for (const { entry, file } of entries) {
    if (entry !== null) await walk(entry, entry.name);
    else if (file !== null) files.push({ file, path: file.name });
  }
  return { files, unreadable };
}

export interface Sorted {
  /** Each is one import of its own. */
  readonly archives: Gathered[];
  /** Tables and documents that say what pictures show. */
  readonly annotations: Gathered[];
  /** Everything else is sent as a picture, and the server says what is none. */
  readonly pictures: Gathered[];
}
/** A `classes.txt` or `readme.txt` is no picture, and no annotation that is understood: it stays out. */
const TEXT = /\.(txt|md|ya?ml|xml)$/i;
const SYNSETS = /(^|\/)(LOC_)?synset_(mapping|words)\.txt$/i;

export function sortOut(files: readonly Gathered[]): Sorted {
  const annotations = files.filter(({ path }) => /\.(csv|tsv|json)$/i.test(path) || SYNSETS.test(path));
  const archives = files.filter(({ path }) => /\.zip$/i.test(path));
  const others = files.filter((one) => !annotations.includes(one) && !archives.includes(one));
  return { archives, annotations, pictures: others.filter(({ path }) => !path.includes('/') || !TEXT.test(path)) };
}
