import { Button, Text } from '@mantine/core';
import { useState } from 'react';
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

function Card({ miss }: { miss: Miss }) {
  const [truth, reading] = pieces(miss.truth ?? '', miss.reading ?? '');
  return (
    <li className={classes.card}>
      <div className={classes.crop}>
        {miss.crop ? <img src={miss.crop} alt="" loading="lazy" /> : <Text c="dimmed">No picture</Text>}
      </div>
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
export function Misses({ misses }: { misses: Miss[] }) {
  const [all, setAll] = useState(false);
  if (misses.length === 0)
    return <Text c="dimmed">Nothing was missed or misread on the held-out images.</Text>;
  return (
    <>
      <ul className={classes.cards}>
        {(all ? misses : misses.slice(0, AT_FIRST)).map((miss, index) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: the list of a finished run never changes
          <Card key={index} miss={miss} />
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
