import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useProblemText } from '../../../i18n/wording.ts';
import { toast } from '../../../ui/toast.tsx';

/** A change of a theme's settings: reads the theme again, says what went wrong. */
export function useThemeChange<Input, Answer>(
  themeId: number,
  change: (input: Input) => Promise<Answer>,
  onDone?: (answer: Answer) => void,
) {
  const client = useQueryClient();
  const text = useProblemText();
  return useMutation({
    mutationFn: change,
    onSuccess: (answer) => onDone?.(answer),
    onError: (error) => toast('error', text(error)),
    onSettled: () => {
      void client.invalidateQueries({ queryKey: ['theme', themeId] });
      void client.invalidateQueries({ queryKey: ['themes'] });
    },
  });
}
