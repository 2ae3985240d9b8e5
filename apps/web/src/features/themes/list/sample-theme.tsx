import type { ThemeSample } from '@minori/contract';
import { Button } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { post } from '../../../api/client.ts';
import { useProblemText } from '../../../i18n/wording.ts';
import { Icon } from '../../../ui/icons.tsx';
import { toast } from '../../../ui/toast.tsx';
import { followImport } from '../upload/follow-import.ts';

/** One click gives a theme of one's own with drawn shapes, labeled, to try everything on. */
export function SampleTheme({ projectId, size = 'sm' }: { projectId: number | null; size?: 'sm' | 'compact-sm' }) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const navigate = useNavigate();
  const text = useProblemText();
  const make = useMutation({
    mutationFn: async () => {
      const made = await post<ThemeSample>('/api/v1/themes/samples/shapes', {
        name: t('themes.sample.name'),
        ...(projectId === null ? {} : { project_id: projectId }),
      });
      await followImport(made.theme_id, made.run_id, new AbortController().signal);
      return made;
    },
    onSuccess: (made) => {
      void client.invalidateQueries({ queryKey: ['themes'] });
      void navigate({ to: '/theme/$themeId/', params: { themeId: String(made.theme_id) } });
    },
    onError: (error) => toast('error', text(error)),
  });
  return (
    <Button
      size={size}
      variant="default"
      leftSection={<Icon name="sample" size={14} />}
      title={t('themes.sample.text')}
      loading={make.isPending}
      onClick={() => make.mutate()}
    >
      {t('themes.sample.try')}
    </Button>
  );
}
