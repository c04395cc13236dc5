import { Button, Group, Progress, Text, Title } from '@mantine/core';
import { IconPlus, IconSparkles } from '@tabler/icons-react';
import classes from './Welcome.module.css';

const STEPS = [
  ['Images', 'Drop photos, scans or PDFs onto the page.'],
  ['Annotate', 'Draw a box around each field and type what it says.'],
  ['Train', 'One click. A model learns your fields on this machine and a mail says when it is ready.'],
  ['Use', 'Drop a new image and see it read, or call its address from your program.'],
] as const;

interface Props {
  onNew: () => void;
  onSample: () => void;
  making: boolean;
}

/** An installation without projects says what this is, what comes first, and offers a ready example. */
export function Welcome({ onNew, onSample, making }: Props) {
  return (
    <div className={classes.page}>
      <Title order={1} className={classes.title}>
        An OCR model of your own, from your own images
      </Title>
      <ol className={classes.steps}>
        {STEPS.map(([name, what], index) => (
          <li key={name}>
            <span className={classes.number}>{index + 1}</span>
            <Text fw={600}>{name}</Text>
            <Text size="sm" c="dimmed">
              {what}
            </Text>
          </li>
        ))}
      </ol>
      <Group gap="sm">
        <Button size="md" leftSection={<IconPlus size={18} />} onClick={onNew}>
          New project
        </Button>
        <Button
          size="md"
          variant="default"
          leftSection={<IconSparkles size={18} />}
          onClick={onSample}
          disabled={making}
        >
          Make a sample project
        </Button>
      </Group>
      <div className={classes.note}>
        {making && <Progress value={100} animated size={4} mb={8} aria-label="Drawing the sample project" />}
        <Text size="sm" c="dimmed">
          {making
            ? 'Drawing number plates and annotating them. This takes a few seconds.'
            : 'The sample is a set of drawn number plates, already annotated: train it and try it within minutes.'}
        </Text>
      </div>
    </div>
  );
}
