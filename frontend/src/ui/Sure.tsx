import { Button, type ButtonProps, Popover, Stack, Text } from '@mantine/core';
import { type ReactNode, useState } from 'react';

interface Props extends ButtonProps {
  children: ReactNode;
  /** What happens, said before it does. */
  question: string;
  /** The word on the button that does it. */
  act: string;
  onAct: () => void;
}

/** A button for what cannot be undone: it says what will happen and asks once. */
export function Sure({ children, question, act, onAct, ...button }: Props) {
  const [open, setOpen] = useState(false);
  return (
    <Popover
      opened={open}
      onChange={setOpen}
      width={280}
      position="bottom-end"
      withArrow
      trapFocus
      shadow="md"
    >
      <Popover.Target>
        <Button {...button} onClick={() => setOpen(!open)}>
          {children}
        </Button>
      </Popover.Target>
      <Popover.Dropdown>
        <Stack gap="sm" align="flex-start">
          <Text size="sm">{question}</Text>
          <Button
            size="compact-sm"
            color="red"
            onClick={() => {
              setOpen(false);
              onAct();
            }}
          >
            {act}
          </Button>
        </Stack>
      </Popover.Dropdown>
    </Popover>
  );
}
