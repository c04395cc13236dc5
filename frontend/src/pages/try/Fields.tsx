import { Group, Text, Tooltip } from '@mantine/core';
import type { CSSProperties } from 'react';
import type { PredictedRegion } from '@/api/types';
import { percent } from '@/ui/format';
import classes from './Answer.module.css';

/** How strongly a character is shaded: not at all when it is sure, fully at even odds and below. */
export function doubt(confidence: number): number {
  return Math.min(1, Math.max(0, (1 - confidence) * 2));
}

/** Characters below this are marked and named: worth a look before the text is used. */
export const UNSURE_BELOW = 0.8;
const NAMED_AT_MOST = 6;

function nameOf(symbol: string): string {
  if (symbol === '\n') return 'the line break';
  return symbol.trim() === '' ? 'the space' : symbol;
}

/** "Less sure of 5 (character 2, 60 %)", or null where it is sure of all. */
export function unsureOf({ text, characters }: PredictedRegion): string | null {
  if (text === '' || !madeOf(text, characters)) return null;
  const unsure = characters.flatMap(([symbol, confidence], index) =>
    confidence < UNSURE_BELOW ? [`${nameOf(symbol)} (character ${index + 1}, ${percent(confidence)})`] : [],
  );
  if (unsure.length === 0) return null;
  const more = unsure.length - NAMED_AT_MOST;
  return `Less sure of ${unsure.slice(0, NAMED_AT_MOST).join(', ')}${more > 0 ? ` and ${more} more` : ''}`;
}

function madeOf(text: string, characters: PredictedRegion['characters']): boolean {
  return characters.map(([symbol]) => symbol).join('') === text;
}

/** Each character shaded by how sure the reader is of it, and underlined where that is not enough. */
export function Shaded({ region }: { region: PredictedRegion }) {
  if (region.text === '') {
    return (
      <Text span c="dimmed">
        no text
      </Text>
    );
  }
  // Characters that do not make up the text do not replace it.
  if (!madeOf(region.text, region.characters)) return region.text;
  return region.characters.map(([symbol, confidence], index) => (
    <Tooltip
      // biome-ignore lint/suspicious/noArrayIndexKey: the characters of one text, in their order
      key={index}
      label={`${percent(confidence, 1)} sure`}
    >
      <span
        className={classes.character}
        data-unsure={confidence < UNSURE_BELOW || undefined}
        style={{ '--doubt': `${Math.round(doubt(confidence) * 60)}%` } as CSSProperties}
      >
        {symbol}
      </span>
    </Tooltip>
  ));
}

function Field({ region, colour }: { region: PredictedRegion; colour: string }) {
  const unsure = unsureOf(region);
  return (
    <>
      <Group justify="space-between" wrap="nowrap" gap="xs">
        <Group gap={8} wrap="nowrap" miw={0}>
          <span className={classes.dot} style={{ background: colour }} />
          <Text size="sm" c="dimmed" truncate>
            {region.label}
          </Text>
        </Group>
        <Tooltip
          multiline
          maw={260}
          label={`How likely the text is exactly right. That it is a ${region.label}: ${percent(region.finder_score)}.`}
        >
          <Text size="sm" flex="none" c={region.confidence < UNSURE_BELOW ? 'var(--warn)' : undefined}>
            {percent(region.confidence)} sure
          </Text>
        </Tooltip>
      </Group>
      <div className={classes.text}>
        <Shaded region={region} />
      </div>
      {unsure && (
        <Text size="sm" c="dimmed">
          {unsure}
        </Text>
      )}
      {region.doubtful && (
        <Text size="sm" c="var(--warn)">
          Perhaps no {region.label}: it is the likeliest place, and each annotated image holds one.
        </Text>
      )}
    </>
  );
}

interface Props {
  regions: PredictedRegion[];
  colours: Map<string, string>;
  active: number | null;
  onActive: (index: number | null) => void;
}

export function Fields({ regions, colours, active, onActive }: Props) {
  if (regions.length === 0) {
    return (
      <Text c="dimmed">
        No field was found on this image. If there is one, add images like this to the project and train
        again.
      </Text>
    );
  }
  return (
    <ul className={classes.fields}>
      {regions.map((region, index) => (
        <li
          // biome-ignore lint/suspicious/noArrayIndexKey: the regions of one answer, in their order
          key={index}
          className={classes.field}
          data-active={index === active || undefined}
          onMouseEnter={() => onActive(index)}
          onMouseLeave={() => onActive(null)}
        >
          <Field region={region} colour={colours.get(region.label) ?? '#7fe0d0'} />
        </li>
      ))}
    </ul>
  );
}
