import {
  AUGMENTATION_LIBRARIES,
  type AugmentationLibrary,
  augmentationNames,
  newAugmentationStep,
} from '@minori/contract';
import { NumberInput, Select, Switch } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { Note } from '../../../ui/notes.tsx';
import css from './pipeline.module.css';
import { stepsAt, toolsQuery } from './preprocessing-form.tsx';
import { StepList } from './step-list.tsx';
import type { Draft } from './use-drafts.ts';
import { withoutValue, withValue } from './yaml-edit.ts';

const isLibrary = (value: unknown): value is AugmentationLibrary =>
  (AUGMENTATION_LIBRARIES as readonly unknown[]).includes(value);
const FIRST_SIZE = 64;

/** auguments.yaml: the size, what changes at random in training, and what is done in validation and test. */
export function AugmentationForm({ draft, readOnly }: { draft: Draft<'auguments'>; readOnly: boolean }) {
  const { t } = useTranslation();
  const { data: tools } = useQuery(toolsQuery);
  const { raw, text, write } = draft;
  const disabled = readOnly || raw === null;
  const library = isLibrary(raw?.['library']) ? raw['library'] : 'builtin';
  const missing = tools?.libraries.some(({ name, installed }) => name === library && !installed) ?? false;
  const image = raw?.['image'];
  const written: unknown = typeof image === 'object' && image !== null && 'size' in image ? image.size : null;
  const size = typeof written === 'number' ? [written, written] : Array.isArray(written) ? written.map(Number) : null;
  const testToo = raw !== null && 'test' in raw && raw['test'] !== null;
  const resize = (next: number, at: 0 | 1) => {
    const [height = FIRST_SIZE, width = FIRST_SIZE] = size ?? [];
    const pair = at === 0 ? [next, width] : [height, next];
    // A square is one number, as long as nobody has made it a rectangle.
    const value = typeof written === 'number' && pair[0] === pair[1] ? pair[0] : pair;
    write(withValue(text, ['image', 'size'], value));
  };
  return (
    <>
      <div className={css['fields']}>
        <Select
          size="xs"
          label={t('pipeline.library')}
          allowDeselect={false}
          disabled={disabled}
          value={library}
          data={AUGMENTATION_LIBRARIES.map((value) => ({
            value,
            label:
              value === 'builtin'
                ? t('pipeline.builtin')
                : (tools?.libraries.find(({ name }) => name === value)?.installed ?? true)
                  ? value
                  : t('pipeline.not_installed', { library: value }),
          }))}
          onChange={(next) => next !== null && write(withValue(text, ['library'], next))}
        />
        <Switch
          label={t('pipeline.resize')}
          checked={size !== null}
          disabled={disabled}
          onChange={(event) =>
            write(withValue(text, ['image', 'size'], event.currentTarget.checked ? FIRST_SIZE : null))
          }
        />
        {size !== null &&
          ([0, 1] as const).map((at) => (
            <NumberInput
              key={at}
              size="xs"
              w={96}
              label={t(at === 0 ? 'pipeline.fields.height' : 'pipeline.fields.width')}
              disabled={disabled}
              value={size[at] ?? ''}
              onChange={(next) => typeof next === 'number' && next !== size[at] && resize(next, at)}
            />
          ))}
      </div>
      {missing && (
        <Note tone="warning" title={t('pipeline.not_installed', { library })}>
          {t('pipeline.library_missing', { library })}
        </Note>
      )}
      {(['train', 'validation', ...(testToo ? (['test'] as const) : [])] as const).map((part) => (
        <StepList
          key={part}
          title={t(`pipeline.parts.${part}`)}
          hint={t(`pipeline.parts_hint.${part}`)}
          path={[part]}
          text={text}
          steps={stepsAt(raw, [part])}
          names={augmentationNames(library, part)}
          issues={draft.issues}
          disabled={disabled}
          begin={(name) => newAugmentationStep(library, name)}
          onText={write}
        />
      ))}
      <Switch
        label={t('pipeline.test_as_validation')}
        checked={!testToo}
        disabled={disabled}
        onChange={(event) =>
          write(
            event.currentTarget.checked
              ? withoutValue(text, ['test'])
              : withValue(text, ['test'], stepsAt(raw, ['validation'])),
          )
        }
      />
    </>
  );
}
