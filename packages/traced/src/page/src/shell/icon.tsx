/** The page's few signs, drawn in the colour of the text around them. */
const paths = {
  brand: 'M2 4h8M6 8h6M9 12h5',
  help: 'M6 6.2a2 2 0 1 1 2.9 1.8C8.2 8.4 8 8.8 8 9.5M8 12v.1',
  system: 'M8 2a6 6 0 1 0 0 12zM8 2a6 6 0 1 1 0 12',
  dark: 'M13 9.5A5.5 5.5 0 0 1 6.5 3a5.5 5.5 0 1 0 6.5 6.5z',
  light:
    'M8 5a3 3 0 1 0 0 6 3 3 0 0 0 0-6zM8 1v1.5M8 13.5V15M1 8h1.5M13.5 8H15M3 3l1 1M12 12l1 1M3 13l1-1M12 4l1-1',
  open: 'M4 6l4 4 4-4',
  closed: 'M6 4l4 4-4 4',
  error: 'M8 4v5M8 11.7v.1',
  close: 'M4 4l8 8M12 4l-8 8',
} as const;

export type IconName = keyof typeof paths;

export function Icon({ name }: { name: IconName }) {
  return (
    <svg
      class={`icon icon-${name}`}
      viewBox="0 0 16 16"
      width="16"
      height="16"
      aria-hidden="true"
      focusable="false"
    >
      <path d={paths[name]} />
    </svg>
  );
}
