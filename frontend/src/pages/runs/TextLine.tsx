import { Text } from '@mantine/core';
import type { ReactNode } from 'react';
import type { Piece } from './difference';

interface Props {
  name: ReactNode;
  /** Null where nothing was found. */
  text: string | null;
  parts: Piece[];
}

/** A text in a list of them, what differs in it marked. */
export function TextLine({ name, text, parts }: Props) {
  return (
    <>
      <dt>{name}</dt>
      <dd>
        {text === null ? (
          <Text span size="sm" c="dimmed">
            nothing
          </Text>
        ) : (
          parts.map(({ text: part, differs }, index) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: the pieces of one text, in their order
            <span key={index} data-differs={differs || undefined}>
              {part}
            </span>
          ))
        )}
      </dd>
    </>
  );
}
