import { Button, Text } from '@mantine/core';
import { useState } from 'react';
import { Link } from 'react-router';
import type { Miss } from '@/api/types';
import { plural } from '@/ui/format';
import { pieces } from './difference';
import classes from './Misses.module.css';
import { TextLine } from './TextLine';

const KINDS: Record<Miss['kind'], string> = {
  missed: 'Not found',
  misread: 'Misread',
  invented: 'Found where none is',
};

/** Where the image is annotated, at the region that was missed or misread. */
export function placeOf({ image_id, region }: Miss, projectId: string): string | null {
  if (image_id === null) return null;
  return `/projects/${projectId}/annotate/${image_id}${region === null ? '' : `?region=${region}`}`;
}

function Crop({ miss, projectId }: { miss: Miss; projectId: string }) {
  const picture = miss.crop ? (
    <img src={miss.crop} alt="" loading="lazy" />
  ) : (
    <Text c="dimmed">No picture</Text>
  );
  const place = placeOf(miss, projectId);
  if (place === null) return <div className={classes.crop}>{picture}</div>;
  return (
    <Link
      to={place}
      className={classes.crop}
      aria-label={`Open the image of “${miss.truth ?? miss.reading}”`}
    >
      {picture}
    </Link>
  );
}

function Card({ miss, projectId }: { miss: Miss; projectId: string }) {
  const [truth, reading] = pieces(miss.truth ?? '', miss.reading ?? '');
  return (
    <li className={classes.card}>
      <Crop miss={miss} projectId={projectId} />
      <Text size="xs" c="dimmed" truncate title={miss.image}>
        {KINDS[miss.kind]} · {miss.label}
      </Text>
      <dl className={classes.texts}>
        <TextLine name="Is" text={miss.truth} parts={truth} />
        <TextLine name="Read" text={miss.reading} parts={reading} />
      </dl>
    </li>
  );
}

const AT_FIRST = 12;

/** What the model still gets wrong on held-out images: the crop, what it says, what was read. */
export function Misses({ misses, projectId }: { misses: Miss[]; projectId: string }) {
  const [all, setAll] = useState(false);
  if (misses.length === 0)
    return <Text c="dimmed">Nothing was missed or misread on the held-out images.</Text>;
  return (
    <>
      <ul className={classes.cards}>
        {(all ? misses : misses.slice(0, AT_FIRST)).map((miss, index) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: the list of a finished run never changes
          <Card key={index} miss={miss} projectId={projectId} />
        ))}
      </ul>
      {!all && misses.length > AT_FIRST && (
        <Button variant="subtle" mt="sm" onClick={() => setAll(true)}>
          Show all {plural(misses.length, 'miss', 'misses')}
        </Button>
      )}
    </>
  );
}
