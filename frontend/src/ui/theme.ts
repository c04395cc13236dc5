import { createTheme, type MantineColorsTuple } from '@mantine/core';

const jade: MantineColorsTuple = [
  '#e9f6f3',
  '#d3ece7',
  '#a6d9d0',
  '#75c5b8',
  '#49b5a4',
  '#2aa392',
  '#138377',
  '#0d6e67',
  '#0a5953',
  '#06433f',
];

const gray: MantineColorsTuple = [
  '#f7f8f8',
  '#f0f1f2',
  '#e5e7e8',
  '#d8dadd',
  '#bfc3c7',
  '#979da2',
  '#646a6f',
  '#4a4f54',
  '#33373b',
  '#1f2225',
];

const dark: MantineColorsTuple = [
  '#e6e8e9',
  '#c3c6c9',
  '#989da1',
  '#71767b',
  '#3b3f43',
  '#2d3033',
  '#212426',
  '#161819',
  '#101112',
  '#0a0b0b',
];

const red: MantineColorsTuple = [
  '#fdf2f1',
  '#fbe3e1',
  '#f7c9c5',
  '#f5a59e',
  '#f2796f',
  '#e5483c',
  '#cf3226',
  '#b42318',
  '#911d14',
  '#6e1710',
];

const system = 'system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", "Liberation Sans", sans-serif';
const mono = 'ui-monospace, "SF Mono", "Cascadia Mono", "Noto Sans Mono", "Liberation Mono", monospace';

export const theme = createTheme({
  colors: { jade, gray, dark, red },
  primaryColor: 'jade',
  // White on either is readable (4.5 : 1 and more): the kit picks the words' colour for the light shade alone.
  primaryShade: { light: 7, dark: 6 },
  black: '#1b1e20',
  autoContrast: true,
  luminanceThreshold: 0.25,
  fontFamily: system,
  fontFamilyMonospace: mono,
  headings: { fontFamily: system, fontWeight: '600' },
  defaultRadius: 'md',
  radius: { xs: '4px', sm: '6px', md: '8px', lg: '12px', xl: '20px' },
  spacing: { xs: '8px', sm: '12px', md: '16px', lg: '24px', xl: '32px' },
  cursorType: 'pointer',
  focusRing: 'auto',
  components: {
    Tooltip: { defaultProps: { openDelay: 400, withArrow: false } },
    Modal: {
      defaultProps: {
        centered: true,
        overlayProps: { backgroundOpacity: 0.5 },
        closeButtonProps: { 'aria-label': 'Close' },
        // The head of a dialog is no banner of the page.
        attributes: { header: { role: 'none' } },
      },
    },
    Drawer: { defaultProps: { closeButtonProps: { 'aria-label': 'Close' } } },
    // What the kit focuses first is otherwise an element in the menu that is no item of it.
    Menu: { defaultProps: { withInitialFocusPlaceholder: false } },
    Anchor: { defaultProps: { underline: 'always' } },
    Loader: { defaultProps: { type: 'oval' } },
  },
});
