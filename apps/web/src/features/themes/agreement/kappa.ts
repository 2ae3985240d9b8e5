/** Words for a kappa, after Landis and Koch (1977), and what to make of it. */
export type KappaWord = 'poor' | 'slight' | 'fair' | 'moderate' | 'substantial' | 'perfect' | 'none';
export function kappaWord(kappa: number | null): KappaWord {
  if (kappa === null) return 'none';
  if (kappa < 0) return 'poor';
  const steps = [
    [0.2, 'slight'],
    [0.4, 'fair'],
    [0.6, 'moderate'],
    [0.8, 'substantial'],
  ] as const;
  return steps.find(([most]) => kappa <= most)?.[1] ?? 'perfect';
}

export type Verdict = 'good' | 'middling' | 'poor' | 'unknown';
const VERDICTS: Record<KappaWord, Verdict> = {
  poor: 'poor',
  slight: 'poor',
  fair: 'middling',
  moderate: 'middling',
  substantial: 'good',
  perfect: 'good',
  none: 'unknown',
};
export const verdictOf = (word: KappaWord): Verdict => VERDICTS[word];

/** Mean of the pairs, each as heavy as the pictures it stands on; null where none says anything. */
export function meanKappa(pairs: readonly { images: number; kappa: number | null }[]): number | null {
  const told = pairs.flatMap(({ images, kappa }) => (kappa === null ? [] : [{ images, kappa }]));
  const images = told.reduce((sum, pair) => sum + pair.images, 0);
  return images === 0 ? null : told.reduce((sum, pair) => sum + pair.kappa * pair.images, 0) / images;
}
