import { Alert, Autocomplete, Button, FileInput, Group, Modal, Select, Stack, Text } from '@mantine/core';
import { IconTable } from '@tabler/icons-react';
import { useEffect, useState } from 'react';
import { sentence } from '@/api/client';
import { useFormats, useImagesChanged } from '@/api/images';
import { type ImportOrder, unfinished, useCancelImport, useImport, useStartImport } from '@/api/imports';
import type { Format, Import, Project } from '@/api/types';
import { HeldBoxes } from './HeldBoxes';
import { ImportReport } from './ImportReport';

/** The format that a file most likely has, by its ending. */
export function likelyFormat(formats: Format[], name: string): string | null {
  const readable = formats.filter(({ reads }) => reads);
  const byEnding = readable.find(({ extension }) => name.toLowerCase().endsWith(extension.toLowerCase()));
  return (byEnding ?? readable[0])?.key ?? null;
}

interface FormProps {
  project: Project;
  initial: File | null;
  onStarted: (started: Import, order: ImportOrder) => void;
}

function ImportForm({ project, initial, onStarted }: FormProps) {
  const { data: formats = [] } = useFormats();
  const start = useStartImport(project.id);
  const [file, setFile] = useState(initial);
  const [chosen, setChosen] = useState<string | null>(null);
  const [label, setLabel] = useState(project.labels[0]?.name ?? '');
  const format = chosen ?? (file ? likelyFormat(formats, file.name) : null);
  const readable = formats.filter(({ reads }) => reads);
  const send = () => {
    if (!file || !format) return;
    const order = { file, format, label };
    start.mutate(order, { onSuccess: (started) => onStarted(started, order) });
  };
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        send();
      }}
    >
      <Stack>
        {start.isError && (
          <Alert color="red" variant="light" role="alert">
            {sentence(start.error)}
          </Alert>
        )}
        <FileInput
          label="Table of annotations"
          description="Upload the images first: its rows are matched to them by file name."
          placeholder="Choose a file"
          leftSection={<IconTable size={16} />}
          accept={readable.map(({ extension }) => `.${extension}`).join(',') || undefined}
          value={file}
          onChange={setFile}
          clearable
          data-autofocus
        />
        <Select
          label="Format"
          description={formats.find(({ key }) => key === format)?.description}
          placeholder="As the file's name says"
          data={readable.map(({ key, name }) => ({ value: key, label: name }))}
          value={format}
          onChange={setChosen}
          allowDeselect={false}
        />
        <Autocomplete
          label="Label"
          description="For rows that name none. A new name makes a new label; left empty, it is called “text”."
          data={project.labels.map(({ name }) => name)}
          value={label}
          onChange={setLabel}
          placeholder="Such as: number_plate"
        />
        <Group justify="flex-end">
          <Button type="submit" disabled={!file || !format} loading={start.isPending}>
            Import
          </Button>
        </Group>
      </Stack>
    </form>
  );
}

interface Started {
  id: string;
  order: ImportOrder;
}

function Running({
  started: { id, order },
  project,
  onStarted,
  onAgain,
  onClose,
}: {
  started: Started;
  project: Project;
  onStarted: (started: Import, order: ImportOrder) => void;
  onAgain: () => void;
  onClose: () => void;
}) {
  const { data: found } = useImport(id);
  const changed = useImagesChanged();
  const cancel = useCancelImport();
  const over = found !== undefined && !unfinished(found);
  // biome-ignore lint/correctness/useExhaustiveDependencies: once, when the import has come to its end
  useEffect(() => {
    if (over) changed(project.id);
  }, [over]);
  if (!found) return <Text>Importing…</Text>;
  return (
    <Stack>
      {over && <HeldBoxes project={project} found={found} order={order} onStarted={onStarted} />}
      <ImportReport found={found} />
      {!over && (
        <Group justify="flex-end" gap="xs">
          <Button variant="default" loading={cancel.isPending} onClick={() => cancel.mutate(id)}>
            Cancel the import
          </Button>
          <Button onClick={onClose}>Go on in the background</Button>
        </Group>
      )}
      {over && (
        <Group justify="flex-end" gap="xs">
          <Button variant="default" onClick={onAgain}>
            Import another
          </Button>
          <Button onClick={onClose}>Done</Button>
        </Group>
      )}
    </Stack>
  );
}

interface Props {
  project: Project | undefined;
  opened: boolean;
  /** A table dropped onto the page. */
  file: File | null;
  onClose: () => void;
}

export function ImportDialog({ project, opened, file, onClose }: Props) {
  const [running, setRunning] = useState<Started | null>(null);
  const onStarted = ({ id }: Import, order: ImportOrder) => setRunning({ id, order });
  useEffect(() => {
    if (!opened) setRunning(null);
  }, [opened]);
  return (
    <Modal opened={opened} onClose={onClose} title="Import annotations" size="lg">
      {project &&
        (running ? (
          <Running
            key={running.id}
            started={running}
            project={project}
            onStarted={onStarted}
            onAgain={() => setRunning(null)}
            onClose={onClose}
          />
        ) : (
          <ImportForm project={project} initial={file} onStarted={onStarted} />
        ))}
    </Modal>
  );
}
