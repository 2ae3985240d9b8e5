import type { SVGProps } from 'react';

/** One pen for all: 24 grid, 1.6 stroke, round ends. */
const PATHS = {
  home: 'M4 11.5 12 4.500l8 7M6 10v9.500h4.500v-5.500h3v5.500H18V10',
  data: 'M4 6.500h16v11H4zM4 10.200h16M4 13.900h16M9.5 6.500v11',
  forecast: 'M4 17c3 0 3.5-7 6-7s2.5 3 4.5 3M14.5 13c2 0 3-6 5.5-6.500M14.5 13c2 0 3.5 3.5 5.5 4M4 20.500h16',
  history: 'M4.5 12a7.5 7.5 0 1 0 2.3-5.400L4.5 9M4.5 4.800V9h4.200M12 8v4.300l3 1.8',
  admin: 'M4 7h9M17 7h3M4 17h3M11 17h9M15 4.800v4.400M9 14.800v4.400M4 12h5M13 12h7M11 9.800v4.4',
  help: 'M12 20.500a8.5 8.5 0 1 0 0-17 8.5 8.5 0 0 0 0 17M9.6 9.600A2.5 2.5 0 0 1 12 7.800c1.4 0 2.5 1 2.5 2.2 0 2-2.5 2-2.5 3.700M12 16.600v.1',
  sun: 'M12 16a4 4 0 1 0 0-8 4 4 0 0 0 0 8M12 3v1.500M12 19.500V21M3 12h1.500M19.5 12H21M5.6 5.600l1.1 1.100M17.3 17.300l1.1 1.100M18.4 5.600l-1.1 1.100M6.7 17.300l-1.1 1.1',
  moon: 'M19.5 14A8 8 0 0 1 10 4.5 8 8 0 1 0 19.5 14',
  screen: 'M4 5h16v11H4zM9 20h6M12 16v4',
  language: 'M4 6h9M8.5 4v2M11 6c-.8 3.5-3 6-6.5 7.500M6 8.500c1 2 3 4 5.5 5M12 20l4-9.5 4 9.500M13.3 17h5.4',
  user: 'M12 12a4 4 0 1 0 0-8 4 4 0 0 0 0 8M4.5 20c1-3.8 4-5.5 7.5-5.500s6.5 1.7 7.5 5.5',
  logout: 'M10 4.500H5v15h5M14.5 8.5 18 12l-3.5 3.500M18 12H9.5',
  search: 'M11 17a6 6 0 1 0 0-12 6 6 0 0 0 0 12M15.5 15.5 20 20',
  play: 'M7.5 5v14l11-7z',
  pause: 'M8 5.500v13M16 5.500v13',
  stop: 'M6.5 6.500h11v11h-11z',
  close: 'm6 6 12 12M18 6 6 18',
  check: 'm5 12.5 4.5 4.500L19 7.5',
  alert: 'M12 4 2.8 19.500h18.400zM12 10v4.500M12 17v.1',
  info: 'M12 20.500a8.5 8.5 0 1 0 0-17 8.5 8.5 0 0 0 0 17M12 11v5.500M12 7.800v.1',
  right: 'm9.5 6 6 6-6 6',
  down: 'm6 9.5 6 6 6-6',
  up: 'm6 14.5 6-6 6 6',
  download: 'M12 4v11M7.5 11l4.5 4.5 4.5-4.500M4.5 19.500h15',
  upload: 'M12 16V5M7.5 9 12 4.5 16.5 9M4.5 19.500h15',
  plus: 'M12 5v14M5 12h14',
  trash: 'M5 7h14M10 7V4.500h4V7M7 7l.8 12.500h8.400L17 7M10.5 10.500v6M13.5 10.500v6',
  edit: 'M5 19l.8-3.600L16 5.200l2.800 2.800L8.600 18.200zM14 7.200l2.800 2.8',
  copy: 'M9 9h10.500v10.500H9zM5.5 15H4.500V4.500H15v1',
  key: 'M8.5 18.500a4.5 4.5 0 1 0 0-9 4.5 4.5 0 0 0 0 9M12 11l7.5-7.500M16 7l3 3',
  menu: 'M4 7h16M4 12h16M4 17h16',
  dots: 'M6 12v.1M12 12v.1M18 12v.1',
  refresh: 'M19.5 12a7.5 7.5 0 1 1-2.3-5.400L19.5 9M19.5 4.800V9h-4.2',
  clock: 'M12 20.500a8.5 8.5 0 1 0 0-17 8.5 8.5 0 0 0 0 17M12 7.500V12l3 2',
  filter: 'M4 5.500h16l-6 7.500v6l-4-2v-4z',
  columns: 'M4 5h16v14H4zM9.3 5v14M14.7 5v14',
  file: 'M6 3.500h8l4.5 4.500v12.500H6zM14 3.500V8h4.5',
  chip: 'M7 7h10v10H7zM10 3.500V7M14 3.500V7M10 17v3.500M14 17v3.500M3.5 10H7M3.5 14H7M17 10h3.500M17 14h3.5',
  bolt: 'M13 3 5.5 13.500H11L10 21l8-11h-5.500z',
  bell: 'M6 16.500V11a6 6 0 1 1 12 0v5.500l1.5 1.500h-15zM10 20.500h4',
  link: 'M10 14a4 4 0 0 0 6 .5l3-3a4 4 0 0 0-5.7-5.700L12 7M14 10a4 4 0 0 0-6-.5l-3 3a4 4 0 0 0 5.7 5.700L12 17',
  folder: 'M3.5 6h6l2 2.500h9v10.500h-17z',
  sample:
    'M6 21c1-9 4-15 11-16.500M9.5 13.500c-3 .5-5-1-5-4 3-.3 5 1 5 4M13 8.500c-2.5-.5-3.5-2.5-2.5-5 2.5.8 3.5 2.5 2.5 5M11.5 11.500c2 2 4.5 2 6-.5-2-1.8-4.5-1.5-6 .5',
  shield: 'M12 3.5 5 6v6c0 4.5 3 7.5 7 8.5 4-1 7-4 7-8.500V6z',
  picture: 'M4 5h16v14H4zM4 16l4.500-4.500 4 4 2.500-2.500 5 5M14.5 9.500v.1',
  tiles: 'M4.5 4.500h6v6h-6zM13.5 4.500h6v6h-6zM4.5 13.500h6v6h-6zM13.5 13.500h6v6h-6z',
  rows: 'M4 6h16M4 10h16M4 14h16M4 18h16',
  undo: 'M8.5 5 4.5 9l4 4M4.5 9H14a5.500 5.500 0 0 1 0 11h-4',
  redo: 'm15.500 5 4 4-4 4M19.500 9H10a5.500 5.500 0 0 0 0 11h4',
  tag: 'M4.5 4.500h7.500l8 8-7.500 7.500-8-8zM8.500 8.500v.1',
  split: 'M5 12h5l4-5.500h5M10 12l4 5.500h5',
  keyboard: 'M3.5 6.500h17v11h-17zM7 10v.1M10.3 10v.1M13.7 10v.1M17 10v.1M8 14h8',
} as const;
export type IconName = keyof typeof PATHS;

interface IconProps extends Omit<SVGProps<SVGSVGElement>, 'name'> {
  name: IconName;
  size?: number;
}

/** Decorative: the control around it carries the name. */
export function Icon({ name, size = 18, ...rest }: IconProps) {
  const dotted = name === 'dots' || name === 'keyboard';
  return (
    <svg
      width={size}
      height={size}
      viewBox="0 0 24 24"
      fill={name === 'play' || name === 'stop' ? 'currentColor' : 'none'}
      stroke="currentColor"
      strokeWidth={dotted ? 2 : 1.6}
      strokeLinecap="round"
      strokeLinejoin="round"
      aria-hidden="true"
      focusable="false"
      style={{ flex: 'none' }}
      {...rest}
    >
      <path d={PATHS[name]} />
    </svg>
  );
}
