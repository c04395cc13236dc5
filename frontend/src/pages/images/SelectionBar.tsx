import { Button, CloseButton, Text } from '@mantine/core';
import { IconTrash } from '@tabler/icons-react';
import { plural } from '@/ui/format';
import classes from './SelectionBar.module.css';

interface Props {
  count: number;
  onDelete: () => void;
  onClear: () => void;
}

export function SelectionBar({ count, onDelete, onClear }: Props) {
  return (
    <section className={classes.bar} aria-label="Selected images" data-at-foot>
      <Text size="sm" fw={500}>
        {plural(count, 'image')} selected
      </Text>
      <Button
        size="compact-md"
        variant="subtle"
        color="red"
        leftSection={<IconTrash size={16} />}
        onClick={onDelete}
      >
        Delete
      </Button>
      <CloseButton aria-label="Select nothing" onClick={onClear} />
    </section>
  );
}
