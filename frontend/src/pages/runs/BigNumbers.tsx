import { Text } from '@mantine/core';
import classes from './BigNumbers.module.css';
import type { BigNumber } from './words';

export function BigNumbers({ numbers }: { numbers: BigNumber[] }) {
  return (
    <dl className={classes.numbers}>
      {numbers.map(({ name, value, note }) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>{value}</dd>
          <Text component="dd" size="sm" c="dimmed">
            {note}
          </Text>
        </div>
      ))}
    </dl>
  );
}
