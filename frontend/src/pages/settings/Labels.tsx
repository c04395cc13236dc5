import { ActionIcon, Button, Group, Text, Tooltip } from '@mantine/core';
import { IconPencil, IconPlus, IconTrash } from '@tabler/icons-react';
import { useState } from 'react';
import { type LabelFields, useLabelActions } from '@/api/projects';
import type { Label, Project } from '@/api/types';
import { plural } from '@/ui/format';
import { showUndo } from '@/ui/toasts';
import { LabelForm } from './LabelForm';
import classes from './Settings.module.css';

/** What a text under this label may look like, in words. */
export function expectation({ pattern, words }: Pick<Label, 'pattern' | 'words'>): string {
  if (words.length > 0) return `One of ${plural(words.length, 'word')}`;
  if (pattern) return `Looks like ${pattern}`;
  return 'Any text';
}

interface RowProps {
  label: Label;
  index: number;
  owner: boolean;
  onEdit: () => void;
  onDelete: () => void;
}

function Row({ label, index, owner, onEdit, onDelete }: RowProps) {
  return (
    <div className={classes.row}>
      <span className={classes.swatch} style={{ background: label.colour }} />
      <Text fw={500} className={classes.name}>
        {label.name}
      </Text>
      <Text size="sm" c="dimmed" className={classes.detail} truncate>
        {expectation(label)}
      </Text>
      {index < 9 && (
        <Tooltip label={`Press ${index + 1} while annotating`}>
          <kbd className={classes.key}>{index + 1}</kbd>
        </Tooltip>
      )}
      {owner && (
        <Group gap={4} wrap="nowrap">
          <ActionIcon variant="subtle" color="gray" aria-label={`Change ${label.name}`} onClick={onEdit}>
            <IconPencil size={16} />
          </ActionIcon>
          <ActionIcon variant="subtle" color="gray" aria-label={`Delete ${label.name}`} onClick={onDelete}>
            <IconTrash size={16} />
          </ActionIcon>
        </Group>
      )}
    </div>
  );
}

export function Labels({ project, owner }: { project: Project; owner: boolean }) {
  const { create, update, remove } = useLabelActions(project.id);
  const [editing, setEditing] = useState<string | 'new' | null>(null);
  const done = () => setEditing(null);
  const save = (fields: LabelFields & { name: string }) =>
    editing === 'new' ? create.mutateAsync(fields) : update.mutateAsync({ id: editing ?? '', ...fields });
  const deleteLabel = ({ id, name, colour, pattern, words }: Label) =>
    remove.mutate(id, {
      onSuccess: () =>
        showUndo(`The label ${name} is deleted.`, () => create.mutate({ name, colour, pattern, words })),
    });
  return (
    <>
      <Text c="dimmed" mb="sm">
        The fields to find and read on each image.
      </Text>
      <div className={classes.list}>
        {project.labels.map((label, index) =>
          editing === label.id ? (
            <LabelForm key={label.id} label={label} onSave={save} onClose={done} />
          ) : (
            <Row
              key={label.id}
              label={label}
              index={index}
              owner={owner}
              onEdit={() => setEditing(label.id)}
              onDelete={() => deleteLabel(label)}
            />
          ),
        )}
        {editing === 'new' && <LabelForm onSave={save} onClose={done} />}
      </div>
      {owner && editing !== 'new' && (
        <Button
          mt="sm"
          variant="default"
          leftSection={<IconPlus size={16} />}
          onClick={() => setEditing('new')}
        >
          New label
        </Button>
      )}
    </>
  );
}
