import { Button, Group, Text } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { newId } from './ids';

const CLOSE = { 'aria-label': 'Close' };

/** How long an undo is offered, in milliseconds. */
export const UNDO_MS = 10_000;

/** The same sentence twice is one toast. */
export function showError(message: string): void {
  notifications.show({
    id: `error-${message}`,
    message,
    color: 'red',
    withBorder: true,
    autoClose: 8_000,
    closeButtonProps: CLOSE,
  });
}

export function showDone(message: string): void {
  notifications.show({
    id: `done-${message}`,
    message,
    withBorder: true,
    autoClose: 4_000,
    closeButtonProps: CLOSE,
  });
}

/** Says what was done, with a button that takes it back. */
export function showUndo(message: string, undo: () => void): void {
  showButton(newId(), message, 'Undo', undo);
}

/** Says where one is, with a button that goes on; one of a kind at a time. */
export function showWay(kind: string, message: string, words: string, go: () => void): void {
  showButton(`way-${kind}`, message, words, go);
}

function showButton(id: string, message: string, words: string, act: () => void): void {
  const press = () => {
    notifications.hide(id);
    act();
  };
  const toast = {
    id,
    withBorder: true,
    autoClose: UNDO_MS,
    closeButtonProps: CLOSE,
    message: (
      <Group justify="space-between" wrap="nowrap" gap="sm">
        <Text size="sm">{message}</Text>
        <Button size="compact-sm" variant="light" onClick={press}>
          {words}
        </Button>
      </Group>
    ),
  };
  // One that is there already is not shown anew, and one that is not there is not updated.
  notifications.update(toast);
  notifications.show(toast);
}
