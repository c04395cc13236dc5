/** The product's mark: a glyph held in the corners of a region. */
export function Mark({ size = 28 }: { size?: number }) {
  return (
    <svg width={size} height={size} viewBox="0 0 32 32" aria-hidden="true">
      <rect width="32" height="32" rx="7" fill="#0d6e67" />
      <g fill="none" stroke="#fff" strokeLinecap="round" strokeLinejoin="round">
        <path d="M8 12V8h4M20 8h4v4M24 20v4h-4M12 24H8v-4" strokeWidth="2.2" />
        <path d="M20 13.2A5 5 0 1 0 20.6 17H17" strokeWidth="2.4" />
      </g>
    </svg>
  );
}
