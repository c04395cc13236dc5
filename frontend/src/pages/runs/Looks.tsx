import { Text, Title } from '@mantine/core';
import type { Look } from '@/api/types';
import { pieces } from './difference';
import classes from './Looks.module.css';
import { TextLine } from './TextLine';

/** How the pictures of each kind are read. */
const KINDS: Record<Look['kind'], { title: string; says: string }> = {
  attention: {
    title: 'Where it looked for each character',
    says: 'One tile a character, in the order of reading, coloured where the network looked to read it. Colour that jumps about, or lies beside the text, means that it guesses.',
  },
  glimpses: {
    title: 'Where it looked, glimpse by glimpse',
    says: 'Each numbered square is one glimpse, joined in their order by the line. What lies outside of all squares it saw coarsely or not at all.',
  },
  rectified: {
    title: 'Crops before and after the rectifier',
    says: 'Above what was cut out, below what the reader got to see: there the text should lie level, and be whole.',
  },
};

function Card({ look }: { look: Look }) {
  const [truth, reading] = pieces(look.truth, look.text);
  return (
    <li className={classes.card}>
      <img src={look.url} alt={`What was looked at in “${look.truth}”`} loading="lazy" />
      <dl className={classes.texts}>
        <TextLine name="Is" text={look.truth} parts={truth} />
        <TextLine name="Read" text={look.text || null} parts={reading} />
      </dl>
    </li>
  );
}

/** What the network looked at in some held-out crops, kind by kind. */
export function Looks({ looks }: { looks: Look[] }) {
  const kinds = (Object.keys(KINDS) as Look['kind'][]).filter((kind) =>
    looks.some((look) => look.kind === kind),
  );
  return kinds.map((kind) => (
    <section key={kind} aria-labelledby={`looks-${kind}`}>
      <Title order={2} size="h4" id={`looks-${kind}`}>
        {KINDS[kind].title}
      </Title>
      <Text c="dimmed" mb="sm" maw="80ch">
        {KINDS[kind].says}
      </Text>
      <ul className={classes.cards}>
        {looks
          .filter((look) => look.kind === kind)
          .map((look) => (
            <Card key={look.url} look={look} />
          ))}
      </ul>
    </section>
  ));
}
