import type { ThemeDetail } from '@minori/contract';
import { Button } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { withQuery } from '../../../api/client.ts';
import { Icon } from '../../../ui/icons.tsx';
import { LinkButton } from '../../../ui/link-button.tsx';
import { Page, Sheet } from '../../../ui/page.tsx';
import { useThemeCrumbs } from '../theme-crumbs.ts';
import { DropFrame } from '../upload/drop-frame.tsx';
import { PickButtons } from '../upload/pick-buttons.tsx';
import { useArrival } from '../upload/use-arrival.ts';
import { Check } from './check.tsx';
import css from './data.module.css';
import { Versions } from './versions.tsx';

const FORMATS = ['csv', 'folder', 'coco', 'yolo', 'imagenet', 'label_studio'] as const;

/** All that goes in and out of a theme, and whether what is in it is fit to learn from. */
export function ThemeData({ theme }: { theme: ThemeDetail }) {
  const { t } = useTranslation();
  const arrival = useArrival(theme);
  const readOnly = theme.role === 'viewer';
  return (
    <Page
      title={t('themedata.title_of', { name: theme.name })}
      heading={t('themedata.title')}
      lead={theme.name}
      crumbs={useThemeCrumbs(theme, t('themedata.title'))}
      actions={
        <LinkButton variant="default" to="/theme/$themeId/" params={{ themeId: String(theme.id) }}>
          {t('themes.to_pictures')}
        </LinkButton>
      }
    >
      <DropFrame arrival={arrival} labels={theme.label_list.map((label) => label.label_name)} disabled={readOnly}>
        <div className={css['sheets']}>
          {!readOnly && (
            <Sheet title={t('themedata.in')}>
              <p className={css['text']}>{t('themedata.in_text')}</p>
              <div className={css['buttons']}>
                <PickButtons arrival={arrival} />
              </div>
            </Sheet>
          )}
          <Check themeId={theme.id} />
          <Versions theme={theme} />
          <Sheet title={t('themes.export')}>
            <p className={css['text']}>{t('themes.export_text')}</p>
            <ul className={css['formats']}>
              <li>
                <Download href={withQuery(`/api/v1/themes/${theme.id}/export`, { format: 'csv', images: false })}>
                  {t('themes.export_labels')}
                </Download>
                <span>{t('themedata.export_notes.labels')}</span>
              </li>
              {FORMATS.map((format) => (
                <li key={format}>
                  <Download href={withQuery(`/api/v1/themes/${theme.id}/export`, { format })}>
                    {t(`themes.formats.${format}`)}
                  </Download>
                  <span>{t(`themedata.export_notes.${format}`)}</span>
                </li>
              ))}
            </ul>
          </Sheet>
        </div>
      </DropFrame>
    </Page>
  );
}

function Download({ href, children }: { href: string; children: string }) {
  return (
    <Button
      component="a"
      variant="default"
      size="compact-md"
      download
      href={href}
      leftSection={<Icon name="download" size={14} />}
    >
      {children}
    </Button>
  );
}
