import { Alert, Button, Group, Modal, Stack, TagsInput, TextInput } from '@mantine/core';
import { useForm } from '@mantine/form';
import { useNavigate } from 'react-router';
import { ApiError, sentence } from '@/api/client';
import { useCreateProject } from '@/api/projects';

interface Props {
  opened: boolean;
  onClose: () => void;
}

/** What was typed that names something. */
const named = (labels: string[]) => labels.map((label) => label.trim()).filter(Boolean);

function NewProjectForm({ onClose }: { onClose: () => void }) {
  const navigate = useNavigate();
  const create = useCreateProject();
  const form = useForm({
    initialValues: { name: '', labels: [] as string[] },
    validate: {
      name: (name) => (name.trim() ? null : 'Give the project a name.'),
      labels: (labels) => (named(labels).length > 0 ? null : 'Name one field at least, and press Enter.'),
    },
  });
  const send = (values: { name: string; labels: string[] }) =>
    create.mutate(
      { ...values, labels: named(values.labels) },
      {
        onSuccess: (project) => navigate(`/projects/${project.id}/images`),
        onError: (error) => {
          if (error instanceof ApiError) form.setErrors({ name: error.fields.name?.join(' ') });
        },
      },
    );
  const above = create.error && !form.errors.name ? sentence(create.error) : null;
  return (
    <form onSubmit={form.onSubmit(send, (amiss) => form.getInputNode(Object.keys(amiss)[0] ?? '')?.focus())}>
      <Stack>
        {above && (
          <Alert color="red" variant="light">
            {above}
          </Alert>
        )}
        <TextInput
          label="Name"
          placeholder="Such as: Number plates"
          data-autofocus
          {...form.getInputProps('name')}
        />
        <TagsInput
          label="Labels"
          description="The fields to find and read on each image. Enter after each; you can add more later."
          placeholder={form.values.labels.length > 0 ? '' : 'Such as: number_plate'}
          acceptValueOnBlur
          {...form.getInputProps('labels')}
        />
        <Group justify="flex-end" gap="xs">
          <Button variant="default" onClick={onClose}>
            Cancel
          </Button>
          <Button type="submit" loading={create.isPending}>
            Make the project
          </Button>
        </Group>
      </Stack>
    </form>
  );
}

export function NewProject({ opened, onClose }: Props) {
  return (
    <Modal opened={opened} onClose={onClose} title="New project">
      <NewProjectForm onClose={onClose} />
    </Modal>
  );
}
