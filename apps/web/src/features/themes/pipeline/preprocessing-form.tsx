import { IMAGE_OP_NAMES, type ImageOpName, type ImageTools, newImageOp } from '@minori/contract';
import { Button } from '@mantine/core';
import { queryOptions, useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { get } from '../../../api/client.ts';
import { Icon } from '../../../ui/icons.tsx';
import { Note } from '../../../ui/notes.tsx';
import { saveText } from '../../../ui/save.ts';
import css from './pipeline.module.css';
import { PluginField, StepField } from './step-fields.tsx';
import { type Step, StepList } from './step-list.tsx';
import type { Draft } from './use-drafts.ts';
import { type Path, withValue } from './yaml-edit.ts';

/** `samples/plugins/preprocessing/sharpen.py`, put in by vite.config.ts. */
declare const STEP_TEMPLATE: string;

export const toolsQuery = queryOptions({
  queryKey: ['image-tools'],
  queryFn: ({ signal }) => get<ImageTools>('/api/v1/image-tools', {}, signal),
  retry: 2,
});
const PATH: Path = ['preprocessing', 'steps'];
const isOp = (name: string): name is ImageOpName => (IMAGE_OP_NAMES as readonly string[]).includes(name);

export const stepsAt = (raw: Readonly<Record<string, unknown>> | null, path: Path): Step[] => {
  let node: unknown = raw;
  for (const key of path)
    node = typeof node === 'object' && node !== null ? (node as Record<string, unknown>)[key] : undefined;
  return Array.isArray(node) ? node.filter((step): step is Step => typeof step === 'object' && step !== null) : [];
};

/** The `preprocessing` of params.yaml: what is done to every picture, in training and when a model is used. */
export function PreprocessingForm({ draft, readOnly }: { draft: Draft<'params'>; readOnly: boolean }) {
  const { t } = useTranslation();
  const { data: tools } = useQuery(toolsQuery);
  const plugins = tools?.plugins ?? [];
  const disabled = readOnly || draft.raw === null;
  const special = (step: Step, path: Path) => {
    if (step['name'] !== 'custom') return undefined;
    const name = typeof step['plugin'] === 'string' ? step['plugin'] : '';
    const plugin = plugins.find((one) => one.name === name);
    const given = step['params'];
    const params: Step = {
      ...Object.fromEntries((plugin?.parameters ?? []).map((one) => [one.name, one.default])),
      ...(typeof given === 'object' && given !== null ? given : {}),
    };
    return (
      <>
        <PluginField
          value={name}
          plugins={plugins.map((one) => one.name)}
          disabled={disabled}
          onChange={(next) => draft.write(withValue(draft.text, [...path, 'plugin'], next))}
        />
        {Object.entries(params).map(([key, value]) => (
          <StepField
            key={key}
            name={key}
            value={value}
            disabled={disabled}
            onChange={(next) => draft.write(withValue(draft.text, [...path, 'params', key], next))}
          />
        ))}
        {plugin?.about !== undefined && plugin.about !== '' && <p className={css['fine']}>{plugin.about}</p>}
        {plugin?.error && (
          <Note tone="error" title={t('pipeline.plugin_wrong', { file: `${name}.py` })}>
            {plugin.error.line === null ? '' : `${t('pipeline.line', { line: plugin.error.line })} `}
            {plugin.error.message}
          </Note>
        )}
        {tools !== undefined && (
          <div className={css['own']}>
            <p className={css['fine']}>
              {t(plugins.length === 0 ? 'pipeline.plugins_none' : 'pipeline.plugins_more', { folder: tools.folder })}
            </p>
            <Button
              size="compact-xs"
              variant="default"
              leftSection={<Icon name="download" size={14} />}
              onClick={() => saveText('sharpen.py', STEP_TEMPLATE, 'text/x-python')}
            >
              {t('pipeline.template')}
            </Button>
          </div>
        )}
      </>
    );
  };
  return (
    <StepList
      title={t('pipeline.steps')}
      hint={t('pipeline.steps_hint')}
      path={PATH}
      text={draft.text}
      steps={stepsAt(draft.raw, PATH)}
      names={IMAGE_OP_NAMES}
      issues={draft.issues}
      disabled={disabled}
      begin={(name) => (isOp(name) ? { ...newImageOp(name, plugins[0]?.name) } : { name })}
      onText={draft.write}
      special={special}
    />
  );
}
