/** Enter that ends a conversion of the input method is part of writing, not an order to submit. */
export const endsConversion = (event: { key: string; isComposing: boolean; keyCode: number }): boolean =>
  event.key === 'Enter' && (event.isComposing || event.keyCode === 229);

/** Keeps such an Enter from submitting forms and from picking options, in every field of the page. */
export function guardConversion(target: EventTarget): void {
  target.addEventListener(
    'keydown',
    (event) => {
      if (!(event instanceof KeyboardEvent) || !endsConversion(event)) return;
      event.preventDefault();
      event.stopPropagation();
    },
    { capture: true },
  );
}
