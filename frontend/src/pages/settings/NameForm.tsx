import { Button, Group, TextInput } from '@mantine/core';
import { useState } from 'react';
import { useRenameProject } from '@/api/projects';
import type { Project } from '@/api/types';
import { showDone } from '@/ui/toasts';

export function NameForm({ project }: { project: Project }) {
  const [name, setName] = useState(project.name);
  const rename = useRenameProject(project.id);
  const changed = name.trim() !== '' && name.trim() !== project.name;
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        if (changed)
          rename.mutate(name.trim(), { onSuccess: () => showDone('The project has its new name.') });
      }}
    >
      <Group align="flex-end" gap="xs">
        <TextInput
          label="Name of the project"
          value={name}
          onChange={(event) => setName(event.currentTarget.value)}
          flex={1}
          maw={400}
        />
        <Button type="submit" variant="default" disabled={!changed} loading={rename.isPending}>
          Rename
        </Button>
      </Group>
    </form>
  );
}
