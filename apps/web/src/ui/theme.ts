import {
  ActionIcon,
  Button,
  Checkbox,
  createTheme,
  type CSSVariablesResolver,
  Input,
  type MantineColorsTuple,
  Modal,
  Popover,
  Tabs,
  Tooltip,
} from '@mantine/core';

const ripe: MantineColorsTuple = [
  '#f3f7ea',
  '#e6edd6',
  '#cfdfb1',
  '#b6d885',
  '#a9cc72',
  '#7da646',
  '#5a8a2c',
  '#44701c',
  '#3b6217',
  '#2c4a10',
];

/** Mantine's neutral scales, warmed to paper and to wet bark. */
const gray: MantineColorsTuple = [
  '#f6f4ed',
  '#efece2',
  '#e0dccf',
  '#d3cebe',
  '#c4beac',
  '#a39e8d',
  '#7c7869',
  '#646959',
  '#3f4338',
  '#23271f',
];
const dark: MantineColorsTuple = [
  '#eceadf',
  '#d2d2c4',
  '#b7baaa',
  '#989d8b',
  '#4a5142',
  '#31372c',
  '#23281f',
  '#1d211a',
  '#161913',
  '#12150f',
];

export const theme = createTheme({
  white: '#fffefb',
  black: '#23271f',
  colors: { ripe, gray, dark },
  primaryColor: 'ripe',
  primaryShade: { light: 7, dark: 4 },
  autoContrast: true,
  luminanceThreshold: 0.4,
  fontFamily: 'var(--font)',
  fontFamilyMonospace: 'var(--mono)',
  defaultRadius: 6,
  radius: { xs: '6px', sm: '6px', md: '6px', lg: '6px', xl: '6px' },
  spacing: { xs: '4px', sm: '8px', md: '16px', lg: '24px', xl: '32px' },
  fontSizes: { xs: '0.75rem', sm: '0.8125rem', md: '0.875rem', lg: '1rem', xl: '1.25rem' },
  cursorType: 'pointer',
  respectReducedMotion: true,
  components: {
    // No target is smaller than 24 px, wherever a line of them wraps (WCAG 2.5.8); the library's smallest are 22.
    ActionIcon: ActionIcon.extend({
      defaultProps: { variant: 'subtle', color: 'gray' },
      vars: (_, { size }) => ({ root: size === 'sm' ? { '--ai-size': '24px' } : {} }),
    }),
    Button: Button.extend({
      defaultProps: { size: 'sm', variant: 'filled' },
      styles: { label: { fontWeight: 550 } },
      vars: (_, { size }) => ({ root: size === 'compact-xs' ? { '--button-height': '24px' } : {} }),
    }),
    Input: Input.extend({ defaultProps: { size: 'sm' } }),
    Tabs: Tabs.extend({ styles: { tab: { paddingBlock: 8 } } }),
    Checkbox: Checkbox.extend({ defaultProps: { size: 'sm' } }),
    Tooltip: Tooltip.extend({
      defaultProps: { openDelay: 250, multiline: true, maw: 320, events: { hover: true, focus: true, touch: true } },
    }),
    Popover: Popover.extend({ defaultProps: { shadow: 'md', withinPortal: true } }),
    Modal: Modal.extend({ defaultProps: { centered: true, overlayProps: { backgroundOpacity: 0.35 } } }),
  },
});

/** Mantine's own variables follow ours, so both speak the same colors. */
export const variables: CSSVariablesResolver = () => {
  const shared = {
    '--mantine-color-body': 'var(--surface)',
    '--mantine-color-text': 'var(--ink)',
    '--mantine-color-dimmed': 'var(--ink-2)',
    '--mantine-color-placeholder': 'var(--ink-3)',
    '--mantine-color-default': 'var(--surface)',
    '--mantine-color-default-hover': 'var(--sunk)',
    '--mantine-color-default-color': 'var(--ink)',
    '--mantine-color-default-border': 'var(--line-strong)',
    '--mantine-color-error': 'var(--red)',
    '--mantine-color-anchor': 'var(--accent-ink)',
    '--mantine-color-gray-light-color': 'var(--ink)',
    '--mantine-color-gray-light-hover': 'var(--sunk)',
    '--mantine-color-gray-text': 'var(--ink-2)',
    '--mantine-color-red-filled': 'var(--red)',
    '--mantine-color-red-text': 'var(--red)',
    '--mantine-color-red-light': 'var(--red-soft)',
    '--mantine-color-red-light-color': 'var(--red-ink)',
    '--mantine-shadow-md': 'var(--shadow)',
  };
  return { variables: shared, light: shared, dark: shared };
};
