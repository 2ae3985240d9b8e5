/** `minori theme survey|queue|encoder|agreement`: which pictures are worth the next look, and where people differ. */
import {
  agreement,
  imagePage,
  THEME_QUEUES,
  themeDetail,
  themeEncoder,
  themeQueueName,
  themeQueues,
} from '@minori/contract';
import { openServer } from '../connection.ts';
import { EXIT, UsageError } from '../problems.ts';
import { table, type Session } from '../session.ts';
import { findTheme, watch } from './theme.ts';

/** Word for the encoder that comes with the product. */
const BUILTIN = 'efficientnet_lite0';

/** Looks at all pictures, and says what the queues hold then. */
export async function surveyTheme(session: Session, named: string): Promise<number | void> {
  const client = await openServer(session);
  const { id } = await findTheme(client, named);
  const url = `/api/v1/themes/${id}/queues`;
  const started = await client.post(url, {}, themeQueues);
  const state = await watch(
    session,
    started,
    () => client.get(url, themeQueues),
    ({ run }) => run,
  );
  const column = (key: string) => session.texts.say(`theme.${key}`);
  if (session.json) session.print(JSON.stringify(state, null, 2));
  else {
    session.print(
      table([
        [column('queue'), column('images'), column('waiting')],
        ...state.queues.map(({ name, images, waiting }) => [name, images, waiting].map(String)),
      ]),
    );
    session.print(session.texts.say('theme.proposals', { count: state.prelabels }));
    if (state.probe === null) session.note(session.texts.say('theme.too_few_labels'));
  }
  if (state.run?.status !== 'succeeded') return EXIT.failed;
}

/** The pictures of one queue in its order; only those that wait, unless `--all`. */
export async function showQueue(
  session: Session,
  named: string,
  options: { kind?: string; limit?: string; cursor?: string; all?: boolean },
): Promise<void> {
  const kind = themeQueueName.safeParse(options.kind ?? THEME_QUEUES[1]);
  if (!kind.success) throw new UsageError('option_invalid', { option: '--kind', value: options.kind });
  const client = await openServer(session);
  const { id } = await findTheme(client, named);
  const query = new URLSearchParams({
    queue: kind.data,
    limit: options.limit ?? '50',
    waiting: String(options.all !== true),
    ...(options.cursor === undefined ? {} : { cursor: options.cursor }),
  });
  const page = await client.get(`/api/theme/${id}/images/?${query}`, imagePage);
  if (session.json) {
    session.print(JSON.stringify(page, null, 2));
    return;
  }
  const { label_list: labels } = await client.get(`/api/theme/${id}/`, themeDetail);
  const nameOf = (label: number | null | undefined) => labels.find(({ id: one }) => one === label)?.label_name ?? '';
  const column = (key: string) => session.texts.say(`theme.${key}`);
  session.print(
    table([
      ['id', column('name'), column('label'), column('proposed'), '%', column('score')],
      ...page.items.map(({ id: image, name, label_id: label, prelabel, score }) => [
        String(image),
        name,
        nameOf(label),
        nameOf(prelabel?.label_id),
        prelabel === null ? '' : (prelabel.confidence * 100).toFixed(0),
        (score ?? 0).toFixed(3),
      ]),
    ]),
  );
  if (page.next !== null) session.note(session.texts.say('more', { cursor: page.next }));
}

/** What turns pictures into numbers, and what could; `--use` chooses another one, after the engine has tried it. */
export async function useEncoder(session: Session, named: string, { use }: { use?: string }): Promise<void> {
  const client = await openServer(session);
  const { id } = await findTheme(client, named);
  const url = `/api/v1/themes/${id}/encoder`;
  const found =
    use === undefined
      ? await client.get(url, themeEncoder)
      : await client.putJson(url, { name: use === BUILTIN ? null : use }, themeEncoder);
  if (session.json) {
    session.print(JSON.stringify(found, null, 2));
    return;
  }
  const column = (key: string) => session.texts.say(`theme.${key}`);
  const mark = (name: string | null) => (name === found.name ? '*' : '');
  session.print(
    table([
      ['', column('encoder'), column('kind'), 'MB', column('missing')],
      [mark(null), BUILTIN, 'efficientnet', '', ''],
      ...found.encoders.map(({ name, kind, bytes, missing }) => [
        mark(name),
        name,
        kind ?? '?',
        (bytes / 1e6).toFixed(0),
        missing.join(', '),
      ]),
    ]),
  );
  session.note(
    use === undefined
      ? session.texts.say('theme.encoders_in', { folder: found.folder })
      : session.texts.say('theme.encoder_chosen'),
  );
}

export async function showAgreement(session: Session, named: string): Promise<void> {
  const client = await openServer(session);
  const { id } = await findTheme(client, named);
  const found = await client.get(`/api/v1/themes/${id}/agreement`, agreement);
  if (session.json) {
    session.print(JSON.stringify(found, null, 2));
    return;
  }
  const column = (key: string) => session.texts.say(`theme.${key}`);
  session.print(session.texts.say('theme.agreement', { images: found.images, open: found.open }));
  if (found.pairs.length > 0)
    session.print(
      table([
        [column('pair'), column('images'), column('agreed'), 'kappa'],
        ...found.pairs.map(({ a, b, images, agreed, kappa }) => [
          `${a} / ${b}`,
          String(images),
          agreed.toFixed(2),
          kappa?.toFixed(2) ?? '-',
        ]),
      ]),
    );
}
