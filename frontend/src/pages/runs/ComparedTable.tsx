import { Text } from '@mantine/core';
import { Link } from 'react-router';
import type { ComparedVersion } from '@/api/types';
import { readsWith } from '@/ui/networks';
import { comparedRows } from './compared';
import classes from './LabelScores.module.css';

interface Props {
  versions: ComparedVersion[];
  projectId: string;
}

/** A row a version: what it reads of the same fields, and what it costs. */
export function ComparedTable({ versions, projectId }: Props) {
  const rows = comparedRows(versions);
  return (
    <section aria-label="Numbers">
      <table className={`${classes.scores} ${classes.compared}`}>
        <thead>
          <tr>
            <th scope="col">Version</th>
            {rows[0]?.map(({ name }) => (
              <th key={name} scope="col">
                {name}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {versions.map(({ id, run, number, network }, place) => (
            <tr key={id}>
              <th scope="row">
                <Link className={classes.version} to={`/projects/${projectId}/runs/${run}`}>
                  v{number}
                </Link>
                <Text size="sm" c="dimmed">
                  {readsWith(network)}
                </Text>
              </th>
              {rows[place]?.map(({ name, value, counted, range, best }) => (
                <td key={name} data-name={name}>
                  <b data-best={best}>{value}</b>
                  <span>{counted}</span>
                  <span>{range}</span>
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
      <div className={classes.words}>
        <Text size="sm" c="dimmed">
          Ranges are 95 % intervals; the best of a column is coloured. Time is what one core of this server
          works on one picture, found and read: the median.
        </Text>
      </div>
    </section>
  );
}
