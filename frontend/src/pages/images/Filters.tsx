import { CloseButton, Group, SegmentedControl, Select, TextInput } from '@mantine/core';
import { useDebouncedCallback } from '@mantine/hooks';
import { IconSearch, IconTextScan2 } from '@tabler/icons-react';
import { type ReactNode, useState } from 'react';
import type { ImageFilter } from '@/api/images';
import type { ImageState, Project } from '@/api/types';
import classes from './Filters.module.css';

interface TextFilterProps {
  value: string;
  label: string;
  icon: ReactNode;
  onChange: (value: string) => void;
}

function TextFilter({ value, label, icon, onChange }: TextFilterProps) {
  const [typed, setTyped] = useState(value);
  const send = useDebouncedCallback(onChange, 250);
  const change = (text: string) => {
    setTyped(text);
    send(text);
  };
  return (
    <TextInput
      aria-label={label}
      placeholder={label}
      leftSection={icon}
      value={typed}
      onChange={(event) => change(event.currentTarget.value)}
      rightSection={
        typed && <CloseButton size="sm" aria-label={`Empty “${label}”`} onClick={() => change('')} />
      }
      className={classes.text}
    />
  );
}

interface Props {
  project: Project | undefined;
  filter: ImageFilter;
  onChange: (change: Partial<ImageFilter>) => void;
}

export function Filters({ project, filter, onChange }: Props) {
  const counts = project?.counts;
  const choice = (value: ImageState | '', word: string, count: number | undefined) => ({
    value,
    label: (
      <span className={classes.choice}>
        {word} <span className={classes.count}>{count ?? ''}</span>
      </span>
    ),
  });
  return (
    <Group gap="xs" mb="md" className={classes.filters}>
      <SegmentedControl
        aria-label="State"
        value={filter.state ?? ''}
        onChange={(state) => onChange({ state: state as ImageState | '' })}
        data={[
          choice('', 'All', counts?.images),
          choice('todo', 'To do', counts?.todo),
          choice('annotated', 'Annotated', counts?.annotated),
          choice('reviewed', 'Reviewed', counts?.reviewed),
        ]}
        className={classes.states}
        classNames={{ label: classes.state }}
      />
      <TextFilter
        label="File name"
        value={filter.search ?? ''}
        icon={<IconSearch size={16} />}
        onChange={(search) => onChange({ search })}
      />
      <TextFilter
        label="Text in a region"
        value={filter.text ?? ''}
        icon={<IconTextScan2 size={16} />}
        onChange={(text) => onChange({ text })}
      />
      {project && project.labels.length > 1 && (
        <Select
          aria-label="Label"
          placeholder="Any label"
          clearable
          data={project.labels.map(({ id, name }) => ({ value: id, label: name }))}
          value={filter.label ?? null}
          onChange={(label) => onChange({ label: label ?? '' })}
          className={classes.text}
        />
      )}
    </Group>
  );
}
