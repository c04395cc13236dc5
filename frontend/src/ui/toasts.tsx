import { Button, Group, Text } from '@mantine/core';
import { notifications } from '@mantine/notifications';

/** How long an undo is offered, in milliseconds. */
export const UNDO_MS = 10_000;

export function showError(message: string): void {
  // The same sentence twice is one toast.
  notifications.show({ id: `error-${message}`, message, color: 'red', withBorder: true, autoClose: 8_000 });
}

export function showDone(message: string): void {
  notifications.show({ message, withBorder: true, autoClose: 4_000 });
}

/** Says what was done, with a button that takes it back. */
export function showUndo(message: string, undo: () => void): void {
  const id = crypto.randomUUID();
  const takeBack = () => {
    notifications.hide(id);
    undo();
  };
  notifications.show({
    id,
    withBorder: true,
    autoClose: UNDO_MS,
    message: (
      <Group justify="space-between" wrap="nowrap" gap="sm">
        <Text size="sm">{message}</Text>
        <Button size="compact-sm" variant="light" onClick={takeBack}>
          Undo
        </Button>
      </Group>
    ),
  });
}
