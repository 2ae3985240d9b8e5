/** `minori dataset add|list|show`. */
import { datasetDetail, datasetPage } from '@minori/contract';
import { openServer } from '../connection.ts';
import { addFile, findDataset, wordFinding, type DataOptions } from '../data-source.ts';
import { UsageError } from '../problems.ts';
import { givenRunId, writeOutputInfo } from '../run-context.ts';
import { table, type Session } from '../session.ts';

export async function addDataset(
  session: Session,
  file: string,
  options: DataOptions & { append?: string; outputInfo?: string },
): Promise<void> {
  const client = await openServer(session);
  const runId = givenRunId();
  const appendTo = options.append === undefined ? null : await findDataset(client, options.append);
  if (options.append !== undefined && appendTo === null)
    throw new UsageError('data_not_found', { data: options.append });
  const made = await addFile(session, client, file, { ...options, runId, ...(appendTo === null ? {} : { appendTo }) });
  writeOutputInfo(options.outputInfo, {
    id: made.id,
    run_id: runId ?? null,
    dataset_key: made.key,
    dataset_version: made.latest.version,
    sha256: made.latest.sha256,
  });
  if (session.json) session.print(JSON.stringify(made, null, 2));
  else
    session.print(
      session.texts.say('data.added', {
        key: made.key,
        version: made.latest.version,
        series: made.latest.series,
        rows: made.latest.rows,
        freq: made.latest.freq,
      }),
    );
}

export async function listDatasets(session: Session, options: { limit?: string; cursor?: string }): Promise<void> {
  const client = await openServer(session);
  const query = new URLSearchParams({
    limit: options.limit ?? '50',
    ...(options.cursor === undefined ? {} : { cursor: options.cursor }),
  });
  const page = await client.get(`/api/v1/datasets?${query}`, datasetPage);
  if (session.json) {
    session.print(JSON.stringify(page, null, 2));
    return;
  }
  const { texts } = session;
  session.print(
    table([
      [
        texts.say('data.key'),
        texts.say('data.version'),
        texts.say('data.series'),
        texts.say('data.row_count'),
        texts.say('data.freq'),
        texts.say('data.created'),
      ],
      ...page.items.map((item) => [
        item.key,
        `v${item.latest.version}`,
        String(item.latest.series),
        String(item.latest.rows),
        item.latest.freq,
        item.latest.created_at,
      ]),
    ]),
  );
  if (page.next !== null) session.note(texts.say('more', { cursor: page.next }));
}

export async function showDataset(session: Session, key: string): Promise<void> {
  const client = await openServer(session);
  const found = await findDataset(client, key);
  if (found === null) throw new UsageError('data_not_found', { data: key });
  const detail = await client.get(`/api/v1/datasets/${found.id}`, datasetDetail);
  if (session.json) {
    session.print(JSON.stringify(detail, null, 2));
    return;
  }
  const { texts } = session;
  session.print(
    texts.say('data.added', {
      key: detail.key,
      version: detail.latest.version,
      series: detail.latest.series,
      rows: detail.latest.rows,
      freq: detail.latest.freq,
    }),
  );
  session.print(
    texts.say('data.span', { start: detail.profile.start, end: detail.profile.end, season: detail.profile.season }),
  );
  for (const finding of detail.findings) session.print(wordFinding(texts, finding));
  session.print(
    table([
      ['unique_id', 'n', texts.say('data.start'), texts.say('data.end'), texts.say('data.mean')],
      ...detail.profile.series
        .slice(0, 50)
        .map((one) => [
          one.unique_id,
          String(one.n),
          one.start,
          one.end,
          one.mean === null ? '–' : one.mean.toPrecision(5),
        ]),
    ]),
  );
}
