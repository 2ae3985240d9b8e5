import type { ImportOutline, ImportTable } from '@minori/contract';
import { importFormat } from '@minori/contract';
import { Button, Checkbox, Modal, Select } from '@mantine/core';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useFormat } from '../../../ui/format.ts';
import { Note, ProblemNote } from '../../../ui/notes.tsx';
import { Scroll } from '../../../ui/page.tsx';
import { Table } from '../../../ui/table.tsx';
import { RejectedFiles } from './arrival-note.tsx';
import { ImportLabels } from './import-labels.tsx';
import css from './upload.module.css';
import type { Stage } from './arrivals.ts';
import type { Arrival } from './use-arrival.ts';

const COLUMNS = ['path', 'label', 'split', 'group', 'labeled_by', 'sha256'] as const;
const SPLITS = ['train', 'valid', 'test'] as const;

type Asking = Extract<Stage, { kind: 'asking' }>;

/** What an import would bring, before it does: labels to be made, splits, what does not fit; each can be changed here. */
export function ImportDialog({ arrival, names }: { arrival: Arrival; names: readonly string[] }) {
  const { t } = useTranslation();
  const { stage } = arrival;
  if (stage.kind !== 'asking') return null;
  return (
    <Modal
      opened
      size="xl"
      onClose={arrival.cancel}
      title={t('arrival.dialog', { name: stage.source.name })}
      closeButtonProps={{ 'aria-label': t('common.close') }}
    >
      <Outline key={stage.source.name} stage={stage} arrival={arrival} names={names} />
    </Modal>
  );
}

function Outline({ stage, arrival, names }: { stage: Asking; arrival: Arrival; names: readonly string[] }) {
  const { t } = useTranslation();
  const format = useFormat();
  const { outline, choice, source } = stage;
  const [labels, setLabels] = useState<Record<string, string | null>>({});
  const [overwrite, setOverwrite] = useState(false);
  const alone = outline.known !== null;
  const nothing = alone ? outline.known?.found === 0 : outline.pictures === 0;
  return (
    <div className={css['outline']} aria-busy={stage.busy}>
      <p className={css['headline']} role="status">
        {alone
          ? t('arrival.found', { count: outline.known?.found ?? 0, shown: format.number(outline.known?.found ?? 0) })
          : t('arrival.pictures', { count: outline.pictures, shown: format.number(outline.pictures) })}
      </p>
      <Facts outline={outline} />
      {stage.problem !== null && <ProblemNote error={stage.problem} />}
      <Select
        label={t('arrival.format')}
        description={t('arrival.format_found', { format: t(`arrival.formats.${outline.format}`) })}
        allowDeselect={false}
        value={choice.format}
        data={importFormat.options.map((value) => ({ value, label: t(`arrival.formats.${value}`) }))}
        onChange={(value) => {
          const wanted = importFormat.safeParse(value);
          if (wanted.success) void arrival.reconsider({ format: wanted.data, columns: {} });
        }}
      />
      {outline.table !== null && <Columns table={outline.table} stage={stage} arrival={arrival} />}
      {outline.labels.length > 0 && (
        <ImportLabels outline={outline} names={names} chosen={labels} onChoose={setLabels} />
      )}
      {outline.rows.length > 0 && (
        <details>
          <summary>{t('arrival.rows')}</summary>
          <Scroll label={t('arrival.rows')}>
            <Table
              label={t('arrival.rows')}
              columns={[
                { title: t('arrival.columns.path') },
                { title: t('themes.label') },
                { title: t('themes.split') },
                { title: t('themes.group') },
                { title: t('themes.labeled_by') },
              ]}
            >
              {outline.rows.map((row) => (
                <tr key={row.name}>
                  <td className="mono">{row.name}</td>
                  <td>{row.label ?? '–'}</td>
                  <td>{row.split === null ? '–' : t(`themes.splits.${row.split}`)}</td>
                  <td>{row.group ?? '–'}</td>
                  <td>{row.labeled_by ?? '–'}</td>
                </tr>
              ))}
            </Table>
          </Scroll>
        </details>
      )}
      <RejectedFiles rejected={outline.refused} total={outline.refused_total} />
      {(outline.known?.labeled_otherwise ?? 0) > 0 && (
        <Checkbox
          label={t('arrival.overwrite', {
            count: outline.known?.labeled_otherwise ?? 0,
            shown: format.number(outline.known?.labeled_otherwise ?? 0),
          })}
          checked={overwrite}
          onChange={(event) => setOverwrite(event.currentTarget.checked)}
        />
      )}
      <div className={css['buttons']}>
        <Button
          disabled={nothing || stage.busy}
          onClick={() => void arrival.decide({ labels, overwrite, plain: false })}
        >
          {alone
            ? t('arrival.do_label')
            : t(outline.labels.length === 0 ? 'arrival.do_import' : 'arrival.do_import_labels', {
                count: outline.pictures,
                shown: format.number(outline.pictures),
              })}
        </Button>
        {source.kind === 'files' && outline.labels.length > 0 && (
          <Button variant="default" onClick={() => void arrival.decide({ labels, overwrite, plain: true })}>
            {t('themes.folder_plain')}
          </Button>
        )}
        <Button variant="default" onClick={arrival.cancel}>
          {t('common.cancel')}
        </Button>
      </div>
    </div>
  );
}

/** What else is said of the pictures, and what does not fit. */
function Facts({ outline }: { outline: ImportOutline }) {
  const { t } = useTranslation();
  const format = useFormat();
  const { splits, known } = outline;
  const facts = [
    splits.train + splits.valid + splits.test > 0 &&
      t('arrival.splits', {
        shares: format.list(SPLITS.map((split) => `${t(`themes.splits.${split}`)} ${format.number(splits[split])}`)),
      }),
    outline.groups > 0 && t('arrival.groups', { count: outline.groups }),
    outline.annotators.length > 0 && t('arrival.annotators', { names: format.list(outline.annotators) }),
    outline.labels.length > 0 && outline.unlabeled > 0 && t('arrival.unlabeled', { count: outline.unlabeled }),
    outline.others > 0 && t('arrival.others', { count: outline.others }),
  ].filter((fact) => fact !== false);
  const misfits = [
    outline.missing_total > 0 &&
      t('arrival.missing', { count: outline.missing_total, names: format.list(outline.missing.slice(0, 5)) }),
    (known?.not_found ?? 0) > 0 && t('arrival.not_found', { count: known?.not_found ?? 0 }),
    (known?.ambiguous ?? 0) > 0 && t('arrival.ambiguous', { count: known?.ambiguous ?? 0 }),
  ].filter((fact) => fact !== false);
  return (
    <>
      {facts.length > 0 && (
        <ul className={css['facts']}>
          {facts.map((fact) => (
            <li key={fact}>{fact}</li>
          ))}
        </ul>
      )}
      {misfits.length > 0 && (
        <Note tone="warning">
          {misfits.map((fact) => (
            <p key={fact}>{fact}</p>
          ))}
        </Note>
      )}
    </>
  );
}

/** Which column of the table says what. */
function Columns({ table, stage, arrival }: { table: ImportTable; stage: Asking; arrival: Arrival }) {
  const { t } = useTranslation();
  const { used } = table;
  // What somebody has just chosen counts before the server has looked again.
  const chosen = { ...used, ...stage.choice.columns };
  const unusable =
    (used.path === null && used.sha256 === null) || (used.label === null && used.split === null && used.group === null);
  return (
    <fieldset className={css['columns']}>
      <legend>{t('arrival.columns_title')}</legend>
      {unusable && (
        <Note tone="info" live>
          {t('arrival.columns_needed')}
        </Note>
      )}
      <div>
        {COLUMNS.map((column) => (
          <Select
            key={column}
            size="xs"
            label={t(`arrival.columns.${column}`)}
            placeholder={t('arrival.no_column')}
            clearable
            clearButtonProps={{ 'aria-label': t('arrival.clear_column', { name: t(`arrival.columns.${column}`) }) }}
            data={[...new Set(table.titles)].filter((title) => title !== '')}
            value={chosen[column] ?? null}
            onChange={(value) =>
              void arrival.reconsider({ format: stage.choice.format, columns: { ...chosen, [column]: value } })
            }
          />
        ))}
      </div>
    </fieldset>
  );
}
