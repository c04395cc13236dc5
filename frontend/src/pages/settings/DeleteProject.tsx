import { Button, Group, Text, Title } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { useNavigate } from 'react-router';
import { sentence } from '@/api/client';
import { deleteProject, restoreProject, useProjectChanged } from '@/api/projects';
import type { Project } from '@/api/types';
import { showError, showUndo } from '@/ui/toasts';

export function DeleteProject({ project }: { project: Project }) {
  const navigate = useNavigate();
  const changed = useProjectChanged();
  const takeBack = () =>
    restoreProject(project.id).then(
      () => changed(project.id),
      (error) => showError(sentence(error)),
    );
  const remove = useMutation({
    mutationFn: () => deleteProject(project.id),
    onSuccess: async () => {
      await navigate('/');
      changed(project.id);
      showUndo(`${project.name} is deleted.`, () => void takeBack());
    },
  });
  return (
    <section aria-labelledby="delete-title">
      <Title order={2} size="h4" id="delete-title" mb={4}>
        Delete the project
      </Title>
      <Group justify="space-between" gap="sm">
        <Text c="dimmed" flex={1} miw={240}>
          Its images, annotations and versions disappear for all members, and its address answers no more. A
          training that is under way or waits is cancelled.
        </Text>
        <Button color="red" variant="outline" loading={remove.isPending} onClick={() => remove.mutate()}>
          Delete {project.name}
        </Button>
      </Group>
    </section>
  );
}
