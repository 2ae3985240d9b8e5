/** A number between 0 and 1 as a bar; the number itself stands beside it. */
export function ShareBar({ share }: { share: number }) {
  return (
    <svg
      viewBox="0 0 100 10"
      preserveAspectRatio="none"
      aria-hidden="true"
      style={{ display: 'block', width: '100%', height: 10 }}
    >
      <rect width="100" height="10" fill="var(--sunk)" />
      <rect width={100 * share} height="10" fill="var(--accent)" opacity="0.8" />
    </svg>
  );
}
