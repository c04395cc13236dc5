import { Text, Title } from '@mantine/core';
import type { Evaluation } from '@/api/types';
import classes from './LabelScores.module.css';
import { rowsOf } from './scores';

/** How well each label is found and read, and how far these numbers can be trusted. */
export function LabelScores({ evaluation }: { evaluation: Evaluation }) {
  const rows = rowsOf(evaluation);
  const { unfound, left_out, few, calibration, parity } = evaluation.sentences;
  const [first] = rows;
  if (!first) return null;
  return (
    <section aria-labelledby="scores-title">
      <Title order={2} size="h4" id="scores-title" mb="sm">
        Field by field
      </Title>
      {unfound && (
        <Text size="sm" fw={600} mb="sm">
          {unfound}
        </Text>
      )}
      <table className={classes.scores}>
        <thead>
          <tr>
            <th scope="col">Field</th>
            {first.cells.map(({ name }) => (
              <th key={name} scope="col">
                {name}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map(({ name, cells }) => (
            <tr key={name}>
              <th scope="row">{name}</th>
              {cells.map((cell) => (
                <td key={cell.name} data-name={cell.name}>
                  <b>{cell.value}</b>
                  <span>{cell.counted}</span>
                  <span>{cell.range}</span>
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
      <div className={classes.words}>
        {[left_out, few, calibration, parity].filter(Boolean).map((line) => (
          <Text key={line} size="sm" c="dimmed">
            {line}
          </Text>
        ))}
        <Text size="sm" c="dimmed">
          End to end: found on the whole picture, and read exactly. Ranges are 95 % intervals: with other
          images of the same kind, the numbers would most likely lie there.
        </Text>
      </div>
    </section>
  );
}
