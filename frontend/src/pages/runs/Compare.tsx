import { Modal, Skeleton, Table, Text } from '@mantine/core';
import { Link } from 'react-router';
import { useEvaluation } from '@/api/runs';
import type { Evaluation, Rate, Run } from '@/api/types';
import { dateTime, duration, percent, plural } from '@/ui/format';
import classes from './RunsPage.module.css';

interface Line {
  name: string;
  of: (run: Run, evaluation: Evaluation) => string;
}

/** What versions of earlier releases were not measured for. */
const UNKNOWN = '–';
const UNBROKEN = '\u00a0';

/** "89 % (41 of 46)", broken nowhere but before the bracket. */
function rateWords({ right, of, share }: Rate): string {
  if (of === 0) return UNKNOWN;
  return `${percent(share).replace(' ', UNBROKEN)} (${right}${UNBROKEN}of${UNBROKEN}${of})`;
}

const LINES: Line[] = [
  { name: 'Read exactly, whole pictures', of: (_run, { overall }) => rateWords(overall.end_to_end.exact) },
  { name: 'Read exactly, given the region', of: (_run, { overall }) => rateWords(overall.reading.exact) },
  {
    name: 'F1, whole pictures',
    of: (_run, { overall: { fields } }) =>
      fields && fields.regions + fields.found > 0 ? percent(fields.f1) : UNKNOWN,
  },
  {
    name: 'Untrained start, whole pictures',
    of: (_run, { start }) => (start ? rateWords(start.end_to_end.exact) : UNKNOWN),
  },
  { name: 'Characters wrong', of: (_run, { overall }) => percent(overall.end_to_end.cer, 1) },
  {
    name: 'Fields found',
    of: (_run, { overall }) => `${overall.finder.matched} of ${overall.finder.regions}`,
  },
  {
    name: 'Found where none is',
    of: (_run, { overall }) => String(overall.finder.found - overall.finder.matched),
  },
  {
    name: 'Mean gap of its confidence',
    of: (_run, { overall: { calibration } }) =>
      calibration?.of ? plural(Math.round(100 * calibration.error), 'point') : UNKNOWN,
  },
  { name: 'Held-out images', of: (_run, { images }) => String(images) },
  { name: 'Training took', of: (run) => (run.seconds === null ? '' : duration(run.seconds)) },
  { name: 'Finished', of: (run) => (run.finished_at ? dateTime(run.finished_at) : '') },
];

interface Props {
  runs: Run[];
  projectId: string;
  opened: boolean;
  onClose: () => void;
}

/** Two finished runs side by side. */
export function Compare({ runs, projectId, opened, onClose }: Props) {
  const [first, second] = runs;
  const one = useEvaluation(first?.id ?? '', opened && first !== undefined);
  const two = useEvaluation(second?.id ?? '', opened && second !== undefined);
  const columns = [
    { run: first, evaluation: one.data },
    { run: second, evaluation: two.data },
  ];
  const sameSize = one.data && two.data && one.data.images === two.data.images;
  return (
    <Modal opened={opened} onClose={onClose} title="Two runs side by side" size="lg">
      <Table verticalSpacing="xs">
        <Table.Thead>
          <Table.Tr>
            <Table.Th />
            {columns.map(({ run }) => (
              <Table.Th key={run?.id} ta="right">
                <Link className={classes.link} to={`/projects/${projectId}/runs/${run?.id}`}>
                  v{run?.version?.number}
                </Link>
              </Table.Th>
            ))}
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {LINES.map(({ name, of }) => (
            <Table.Tr key={name}>
              <Table.Td>{name}</Table.Td>
              {columns.map(({ run, evaluation }) => (
                <Table.Td key={run?.id} ta="right">
                  {run && evaluation ? of(run, evaluation) : <Skeleton height={12} width={80} ml="auto" />}
                </Table.Td>
              ))}
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
      {sameSize === false && (
        <Text size="sm" c="dimmed" mt="sm">
          The two were measured on different held-out images: compare with care.
        </Text>
      )}
    </Modal>
  );
}
