import type { ImportOutline } from '@minori/contract';
import { Select } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { useFormat } from '../../../ui/format.ts';
import { Mark, Note } from '../../../ui/notes.tsx';
import { Table } from '../../../ui/table.tsx';
import css from './upload.module.css';

/** More are imported as they are called. */
const SHOWN = 60;
const NEW = '\u0000new';
const NONE = '\u0000none';

/** Labels of the source beside those of the theme: new ones are said to be new, and can be made an old one. */
export function ImportLabels({
  outline,
  names,
  chosen,
  onChoose,
}: {
  outline: ImportOutline;
  /** Labels that the theme has. */
  names: readonly string[];
  chosen: Readonly<Record<string, string | null>>;
  onChoose: (next: Record<string, string | null>) => void;
}) {
  const { t } = useTranslation();
  const format = useFormat();
  const fresh = outline.labels.filter(({ name, label_id: id }) => id === null && !(name in chosen));
  const shown = fresh.slice(0, 8).map(({ name }) => name);
  const more = fresh.length - shown.length;
  const choose = (name: string, value: string | null) => {
    const { [name]: _before, ...rest } = chosen;
    if (value === NEW || value === name) onChoose(rest);
    else onChoose({ ...rest, [name]: value === NONE ? null : value });
  };
  return (
    <section className={css['labels']} aria-label={t('themes.labels')}>
      {fresh.length === 0 ? (
        <p>{t('arrival.no_new_labels')}</p>
      ) : outline.may_make_labels ? (
        <p>
          {t('arrival.new_labels', { count: fresh.length, names: format.list(shown) })}
          {more > 0 && ` ${t('arrival.and_more', { count: more })}`}
        </p>
      ) : (
        <Note tone="warning">{t('arrival.no_right', { count: fresh.length, names: format.list(shown) })}</Note>
      )}
      <div className={css['scroll']} tabIndex={0} role="group" aria-label={t('themes.labels')}>
        <Table
          label={t('themes.labels')}
          columns={[
            { title: t('arrival.label_there') },
            { title: t('themes.pictures'), numeric: true },
            { title: t('arrival.label_here') },
          ]}
        >
          {outline.labels.slice(0, SHOWN).map(({ name, count, label_id: id }) => {
            const value = name in chosen ? (chosen[name] ?? NONE) : id === null ? NEW : name;
            return (
              <tr key={name}>
                <td>
                  {name} {value === NEW && <Mark tone="calm">{t('arrival.is_new')}</Mark>}
                </td>
                <td className="num">{format.number(count)}</td>
                <td>
                  <Select
                    size="xs"
                    searchable
                    allowDeselect={false}
                    aria-label={t('arrival.label_of', { name })}
                    value={value}
                    data={[
                      ...(id === null ? [{ value: NEW, label: t('arrival.make_it') }] : []),
                      ...names.map((one) => ({ value: one, label: one })),
                      { value: NONE, label: t('arrival.no_label') },
                    ]}
                    onChange={(next) => choose(name, next)}
                  />
                </td>
              </tr>
            );
          })}
        </Table>
      </div>
      {outline.labels.length > SHOWN && (
        <p className={css['small']}>{t('arrival.more_labels', { count: outline.labels.length - SHOWN })}</p>
      )}
    </section>
  );
}
