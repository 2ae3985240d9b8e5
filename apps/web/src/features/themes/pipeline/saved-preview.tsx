import { useTranslation } from 'react-i18next';
import { LinkButton } from '../../../ui/link-button.tsx';
import { ProblemNote } from '../../../ui/notes.tsx';
import css from './pipeline.module.css';
import { Strip } from './preview.tsx';
import { useDrafts } from './use-drafts.ts';
import { usePreview } from './use-preview.ts';

/** What the saved settings make of one picture, step by step. */
export function SavedPreview({ themeId, imageId }: { themeId: number; imageId: number }) {
  const { t } = useTranslation();
  const { drafts, error } = useDrafts(themeId);
  const preprocessing = drafts?.params.document?.preprocessing ?? null;
  const preview = usePreview(themeId, {
    imageId,
    preprocessing,
    augmentation: drafts?.auguments.document ?? null,
    views: ['original', 'steps', 'evaluation'],
  });
  const failed = error ?? preview.error;
  return (
    <div className={css['saved']}>
      <b>{t('pipeline.seen_by_model')}</b>
      {failed !== null ? (
        <ProblemNote error={failed} />
      ) : (
        <Strip pictures={preview.data?.pictures ?? []} steps={preprocessing} part="validation" />
      )}
      <LinkButton
        size="xs"
        variant="default"
        to="/theme/$themeId/settings/"
        params={{ themeId: String(themeId) }}
        search={{ tab: 'preprocessing', image: imageId }}
      >
        {t('pipeline.change_settings')}
      </LinkButton>
    </div>
  );
}
