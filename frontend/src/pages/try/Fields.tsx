import { Group, Text, Tooltip } from '@mantine/core';
import type { CSSProperties } from 'react';
import type { PredictedRegion } from '@/api/types';
import { percent } from '@/ui/format';
import classes from './Answer.module.css';

/** How strongly a character is shaded: not at all when it is sure, fully at even odds and below. */
export function doubt(confidence: number): number {
  return Math.min(1, Math.max(0, (1 - confidence) * 2));
}

/** Each character shaded by how sure the reader is of it. */
export function Shaded({ region }: { region: PredictedRegion }) {
  if (region.text === '') {
    return (
      <Text span c="dimmed">
        no text
      </Text>
    );
  }
  // Where the characters do not make up the text (joined rows), the text is shown as it is.
  if (region.characters.map(([symbol]) => symbol).join('') !== region.text) return region.text;
  return region.characters.map(([symbol, confidence], index) => (
    <Tooltip
      // biome-ignore lint/suspicious/noArrayIndexKey: the characters of one text, in their order
      key={index}
      label={percent(confidence, 1)}
    >
      <span
        className={classes.character}
        style={{ '--doubt': `${Math.round(doubt(confidence) * 60)}%` } as CSSProperties}
      >
        {symbol}
      </span>
    </Tooltip>
  ));
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
          <Group justify="space-between" wrap="nowrap" gap="xs">
            <Group gap={8} wrap="nowrap" miw={0}>
              <span className={classes.dot} style={{ background: colours.get(region.label) ?? '#7fe0d0' }} />
              <Text size="sm" c="dimmed" truncate>
                {region.label}
              </Text>
            </Group>
            <Tooltip label={`Found with ${percent(region.finder_score)}`}>
              <Text size="sm">{percent(region.confidence)}</Text>
            </Tooltip>
          </Group>
          <div className={classes.text}>
            <Shaded region={region} />
          </div>
        </li>
      ))}
    </ul>
  );
}
