import { Button, Text } from '@mantine/core';
import { IconCheck } from '@tabler/icons-react';
import { useState } from 'react';
import { Link } from 'react-router';
import type { ComparisonResult, Difference } from '@/api/types';
import { plural } from '@/ui/format';
import { pieces, truthBeside } from './difference';
import classes from './Misses.module.css';
import { TextLine } from './TextLine';

interface CardProps {
  difference: Difference;
  versions: number[];
  projectId: string;
}

function Version({ number, right }: { number: number; right: boolean }) {
  return (
    <span className={classes.version}>
      v{number}
      {right && <IconCheck size={14} color="var(--good)" aria-label="right" />}
    </span>
  );
}

function Card({ difference, versions, projectId }: CardProps) {
  const { truth, readings, right, label, crop, image_id } = difference;
  return (
    <li className={classes.card}>
      <Link
        to={`/projects/${projectId}/annotate/${image_id}`}
        className={classes.crop}
        aria-label={`Open the image of “${truth}”`}
      >
        <img src={crop} alt="" loading="lazy" />
      </Link>
      <Text size="xs" c="dimmed" truncate>
        {label}
      </Text>
      <dl className={classes.texts}>
        <TextLine name="Is" text={truth} parts={truthBeside(truth, Object.values(readings))} />
        {versions.map((number) => {
          const reading = readings[number] ?? null;
          return (
            <TextLine
              key={number}
              name={<Version number={number} right={right.includes(number)} />}
              text={reading}
              parts={pieces(truth, reading ?? '')[1]}
            />
          );
        })}
      </dl>
    </li>
  );
}

const AT_FIRST = 12;

/** The fields that the versions read differently, side by side: the crop, what it says, and each reading. */
export function Differences({ result, projectId }: { result: ComparisonResult; projectId: string }) {
  const [all, setAll] = useState(false);
  const { differences, differing } = result;
  const versions = result.versions.map(({ number }) => number);
  if (differences.length === 0) return <Text c="dimmed">They read every field alike.</Text>;
  const shown = all ? differences : differences.slice(0, AT_FIRST);
  return (
    <>
      <ul className={classes.cards}>
        {shown.map((difference) => (
          <Card
            key={`${difference.image} ${difference.label} ${difference.quad}`}
            difference={difference}
            versions={versions}
            projectId={projectId}
          />
        ))}
      </ul>
      {!all && differences.length > AT_FIRST && (
        <Button variant="subtle" mt="sm" onClick={() => setAll(true)}>
          Show all {plural(differences.length, 'field')}
        </Button>
      )}
      {(all || differences.length <= AT_FIRST) && differing > differences.length && (
        <Text size="sm" c="dimmed" mt="sm">
          They differ in {differing - differences.length} more, which are not shown.
        </Text>
      )}
    </>
  );
}
