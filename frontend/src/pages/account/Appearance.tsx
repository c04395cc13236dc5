import { type MantineColorScheme, SegmentedControl, Text, useMantineColorScheme } from '@mantine/core';

const CHOICES: { value: MantineColorScheme; label: string }[] = [
  { value: 'auto', label: 'As the system' },
  { value: 'light', label: 'Light' },
  { value: 'dark', label: 'Dark' },
];

/** The kit keeps the choice in this browser, where public/color-scheme.js finds it before anything is drawn. */
export function Appearance() {
  const { colorScheme, setColorScheme } = useMantineColorScheme();
  return (
    <>
      <SegmentedControl
        aria-label="Light or dark"
        value={colorScheme}
        onChange={(value) => setColorScheme(value as MantineColorScheme)}
        data={CHOICES}
      />
      <Text size="sm" c="dimmed" mt="xs">
        Kept in this browser.
      </Text>
    </>
  );
}
