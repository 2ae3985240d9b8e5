/** A line that rises like a forecast and bends under its own grain: 実り. */
export function LogoMark({ size = 24 }: { size?: number }) {
  return (
    <svg width={size} height={size} viewBox="0 0 32 32" aria-hidden="true" focusable="false" style={{ flex: 'none' }}>
      <path
        d="M4 29C5.5 18 10 8 19 5.800c4.6-1.1 8 1 8.6 5.2"
        fill="none"
        stroke="var(--accent)"
        strokeWidth="2.2"
        strokeLinecap="round"
      />
      <g fill="var(--series-5)">
        <ellipse cx="9.8" cy="20.3" rx="2.1" ry="4" transform="rotate(-38 9.8 20.3)" />
        <ellipse cx="13.6" cy="15" rx="2.1" ry="4" transform="rotate(-30 13.6 15)" />
        <ellipse cx="18.4" cy="11.8" rx="2.1" ry="4" transform="rotate(-20 18.4 11.8)" />
        <ellipse cx="23.4" cy="11.6" rx="2.1" ry="4" transform="rotate(-8 23.4 11.6)" />
        <ellipse cx="27.8" cy="15.2" rx="1.9" ry="3.7" transform="rotate(4 27.8 15.2)" />
      </g>
    </svg>
  );
}
