import type { Mapping, Preview } from '@minori/contract';
import { MultiSelect, SegmentedControl, Select } from '@mantine/core';
import { useMediaQuery } from '@mantine/hooks';
import { useTranslation } from 'react-i18next';
import { textOf } from '../../i18n/index.ts';
import { HelpTip } from '../../ui/notes.tsx';
import css from './datasets.module.css';
import { type MappingKind, possibleKinds, rolesOf, withKind } from './mapping.ts';

interface Props {
  preview: Preview;
  mapping: Mapping | null;
  onChange: (mapping: Mapping) => void;
}

/** Which column is what. The guess stands there already; every part can be changed. */
export function MappingForm({ preview, mapping, onChange }: Props) {
  const { t } = useTranslation();
  const narrow = useMediaQuery('(max-width: 480px)') ?? false;
  const names = preview.columns.map((column) => column.name);
  const label = (field: 'ds' | 'y' | 'unique_id' | 'series' | 'times') => (
    <>
      {t(`mapping.${field}`)} <HelpTip label={t(`mapping.${field}`)}>{t(`mapping.help.${field}`)}</HelpTip>
    </>
  );
  return (
    <div style={{ display: 'grid', gap: 16, gridTemplateColumns: 'minmax(0, 1fr)' }}>
      <div style={{ display: 'flex', flexWrap: 'wrap', gap: 8, alignItems: 'center', minWidth: 0 }}>
        <span id="mapping-kind" style={{ fontSize: 'var(--text-sm)', fontWeight: 500 }}>
          {t('mapping.kind')}
        </span>
        <SegmentedControl
          size="xs"
          orientation={narrow ? 'vertical' : 'horizontal'}
          style={{ maxWidth: '100%', overflowX: 'auto' }}
          aria-labelledby="mapping-kind"
          value={mapping?.kind ?? 'long'}
          onChange={(kind) => onChange(withKind(preview, kind as MappingKind))}
          data={possibleKinds(preview).map((kind) => ({ value: kind, label: t(`mapping.kinds.${kind}`) }))}
        />
        <HelpTip label={t('mapping.kind')}>{t('mapping.help.kind')}</HelpTip>
      </div>
      {mapping !== null && (
        <div className={css['mapping']}>
          {mapping.kind === 'preset' && (
            <>
              <p style={{ fontSize: 'var(--text-sm)', color: 'var(--ink-2)' }}>
                {t('mapping.preset_text', { name: textOf(t, `mapping.presets.${mapping.preset}`, mapping.preset) })}
              </p>
              <Select
                label={t('mapping.preset_time')}
                value={mapping.ds}
                allowDeselect={false}
                onChange={(ds) => onChange({ ...mapping, ds: ds === 'date' ? 'date' : 'draw' })}
                data={[
                  { value: 'draw', label: t('mapping.preset_draw') },
                  { value: 'date', label: t('mapping.preset_date') },
                ]}
              />
            </>
          )}
          {(mapping.kind === 'long' || mapping.kind === 'wide') && (
            <MultiSelect
              label={label('ds')}
              data={names}
              value={mapping.ds}
              maxValues={3}
              hidePickedOptions
              onChange={(ds) => ds.length > 0 && onChange({ ...mapping, ds })}
            />
          )}
          {mapping.kind === 'long' && (
            <>
              <Select
                label={label('y')}
                data={names}
                value={mapping.y}
                allowDeselect={false}
                onChange={(y) => y !== null && onChange({ ...mapping, y })}
              />
              <MultiSelect
                label={label('unique_id')}
                data={names}
                value={mapping.unique_id}
                maxValues={4}
                placeholder={mapping.unique_id.length === 0 ? t('mapping.single') : ''}
                hidePickedOptions
                onChange={(unique_id) => onChange({ ...mapping, unique_id })}
              />
            </>
          )}
          {mapping.kind === 'wide' && (
            <MultiSelect
              label={label('series')}
              data={names.filter((name) => !mapping.ds.includes(name))}
              value={mapping.series}
              hidePickedOptions
              searchable
              onChange={(series) => series.length > 0 && onChange({ ...mapping, series })}
            />
          )}
          {mapping.kind === 'across' && (
            <>
              <MultiSelect
                label={label('unique_id')}
                data={names}
                value={mapping.unique_id}
                maxValues={4}
                hidePickedOptions
                onChange={(unique_id) =>
                  onChange({ ...mapping, unique_id, times: names.filter((name) => !unique_id.includes(name)) })
                }
              />
              <MultiSelect
                label={label('times')}
                data={names.filter((name) => !mapping.unique_id.includes(name))}
                value={mapping.times}
                hidePickedOptions
                searchable
                onChange={(times) => times.length > 0 && onChange({ ...mapping, times })}
              />
            </>
          )}
        </div>
      )}
    </div>
  );
}

/** The head of the file with the lines' numbers and each column's part. */
export function PreviewTable({ preview, mapping }: { preview: Preview; mapping: Mapping | null }) {
  const { t } = useTranslation();
  const roles = rolesOf(mapping);
  return (
    // Focusable, so that the keyboard can scroll it.
    <div className={css['scroll']} tabIndex={0} role="region" aria-label={t('preview.title')}>
      <table className={css['preview']}>
        <thead>
          <tr>
            <th scope="col">{t('preview.line')}</th>
            {preview.columns.map((column) => {
              const role = roles.get(column.name);
              return (
                <th key={column.name} scope="col" className={role === undefined ? '' : (css['cellOn'] ?? '')}>
                  {column.name}
                  <span className={`${css['role']} ${role === undefined ? '' : css['roleOn']}`}>
                    {role === undefined ? t(`preview.types.${column.type}`) : t(`preview.roles.${role}`)}
                  </span>
                </th>
              );
            })}
          </tr>
        </thead>
        <tbody>
          {preview.rows.map((row, index) => (
            <tr key={preview.lines[index] ?? index}>
              <th scope="row">{preview.lines[index]}</th>
              {row.map((cell, at) => {
                const name = preview.columns[at]?.name ?? '';
                return (
                  <td key={name === '' ? at : name} className={roles.has(name) ? (css['cellOn'] ?? '') : ''}>
                    {cell}
                  </td>
                );
              })}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
