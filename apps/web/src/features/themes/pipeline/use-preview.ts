import type { Augmentation, ImageOps, ImageView, PreviewAnswer, PreviewRequest } from '@minori/contract';
import { useDebouncedValue } from '@mantine/hooks';
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { request } from '../../../api/client.ts';

export interface PreviewWish {
  readonly imageId: number | null;
  readonly preprocessing: ImageOps | null;
  readonly augmentation: Augmentation | null;
  readonly views: ImageView[];
  readonly seed?: number;
  readonly part?: 'validation' | 'test';
}
/** Typing and sliders come to rest before the engine is asked. */
const REST_MS = 250;
const MINUTE = 60_000;

/** The very pixels that training and serving use; the last ones stay while the next are made. */
export function usePreview(themeId: number, wish: PreviewWish) {
  // As text: a wish is a new object each time, and would never come to rest.
  const [held] = useDebouncedValue(JSON.stringify(wish), REST_MS);
  const { imageId, preprocessing, augmentation, ...rest } = JSON.parse(held) as PreviewWish;
  return useQuery({
    queryKey: ['theme', themeId, 'preview', held],
    enabled: imageId !== null && preprocessing !== null && augmentation !== null,
    queryFn: ({ signal }) => {
      const body: PreviewRequest = {
        ...rest,
        image_id: imageId ?? 0,
        preprocessing: preprocessing ?? {},
        augmentation: augmentation ?? {},
      };
      return request<PreviewAnswer>('POST', `/api/v1/themes/${themeId}/preview`, { body, signal });
    },
    placeholderData: keepPreviousData,
    staleTime: 5 * MINUTE,
    gcTime: MINUTE,
    refetchOnWindowFocus: false,
    retry: false,
  });
}
