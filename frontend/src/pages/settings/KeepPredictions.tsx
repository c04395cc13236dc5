import { Button, Group, NumberInput, Text, Title } from '@mantine/core';
import { useState } from 'react';
import { useKeepPredictions } from '@/api/projects';
import type { Project } from '@/api/types';
import { plural } from '@/ui/format';
import { showDone } from '@/ui/toasts';

const LONGEST = 36_500;

/** What was saved, in words. */
export function kept(days: number): string {
  return days === 0
    ? 'Predictions are not kept beyond their answer.'
    : `Predictions are kept for ${plural(days, 'day')}.`;
}

export function KeepPredictions({ project }: { project: Project }) {
  const [days, setDays] = useState<number | string>(project.prediction_days);
  const keep = useKeepPredictions(project.id);
  const number = typeof days === 'number' ? days : null;
  const changed = number !== null && number !== project.prediction_days;
  return (
    <section aria-labelledby="predictions-title">
      <Title order={2} size="h4" id="predictions-title" mb={4}>
        Predictions
      </Title>
      <Text c="dimmed" mb="sm">
        The images that were sent to be read, and what was read of them, are deleted after so many days. With
        0 nothing is kept: a program gets its answer and no more; what the Try page shows goes within an hour
        or so.
      </Text>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          if (changed) keep.mutate(number, { onSuccess: () => showDone(kept(number)) });
        }}
      >
        <Group align="flex-end" gap="xs">
          <NumberInput
            label="Days to keep predictions"
            value={days}
            onChange={setDays}
            min={0}
            max={LONGEST}
            allowDecimal={false}
            w={200}
          />
          <Button type="submit" variant="default" disabled={!changed} loading={keep.isPending}>
            Save
          </Button>
        </Group>
      </form>
    </section>
  );
}
