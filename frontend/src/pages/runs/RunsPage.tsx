import { Alert, Button, Checkbox, Group, Progress, Skeleton, Stack, Table, Text, Title } from '@mantine/core';
import { IconArrowsDiff, IconHistory } from '@tabler/icons-react';
import { useState } from 'react';
import { Link, useNavigate, useParams } from 'react-router';
import { sentence } from '@/api/client';
import { useCompare, useComparisons } from '@/api/comparisons';
import { isOver, useRuns } from '@/api/runs';
import type { Run } from '@/api/types';
import { EmptyState } from '@/ui/EmptyState';
import { ago, dateTime, duration, percent } from '@/ui/format';
import { readsWith } from '@/ui/networks';
import { PageFrame } from '@/ui/PageFrame';
import { pagesOfTrain, SubNav } from '@/ui/SubNav';
import { useNow } from '@/ui/useNow';
import { RunBadge } from './RunBadge';
import classes from './RunsPage.module.css';
import { COMPARISON_WORDS, doing, versionList } from './words';

interface RowProps {
  run: Run;
  now: number;
  chosen: boolean;
  /** Null where there are not two that could be compared. */
  onChoose: (() => void) | null;
}

function Result({ run }: { run: Run }) {
  if (!isOver(run.state)) {
    return (
      <Stack gap={4}>
        <Text size="sm" truncate>
          {doing(run)}
        </Text>
        <Progress value={(run.progress.fraction ?? 0) * 100} size={4} animated aria-label="Progress" />
      </Stack>
    );
  }
  if (run.version) {
    const { number, accuracy, live } = run.version;
    return (
      <Text size="sm">
        v{number}
        {accuracy !== null && ` reads ${percent(accuracy)} exactly`}
        {live && (
          <Text span c="var(--accent)" fw={600}>
            {' '}
            · live
          </Text>
        )}
      </Text>
    );
  }
  return (
    <Text size="sm" c="dimmed" lineClamp={2}>
      {run.failure ?? ''}
    </Text>
  );
}

function Row({ run, now, chosen, onChoose }: RowProps) {
  const seconds = run.seconds ?? (run.started_at ? (now - new Date(run.started_at).getTime()) / 1000 : null);
  return (
    <Table.Tr className={classes.row} data-plain={onChoose === null || undefined}>
      <Table.Td className={classes.narrow} hidden={onChoose === null}>
        {run.version && onChoose && (
          <Checkbox size="xs" aria-label={`Compare run ${run.number}`} checked={chosen} onChange={onChoose} />
        )}
      </Table.Td>
      <Table.Td>
        <Link to={run.id} className={classes.link}>
          Run {run.number}
        </Link>
        <Text size="xs" c="dimmed">
          {readsWith(run.network)}
        </Text>
      </Table.Td>
      <Table.Td>
        <RunBadge state={run.state} />
      </Table.Td>
      <Table.Td className={classes.result}>
        <Result run={run} />
      </Table.Td>
      <Table.Td className={classes.wide}>{seconds === null ? '' : duration(seconds)}</Table.Td>
      <Table.Td className={classes.wide} title={dateTime(run.created_at)}>
        {ago(run.created_at, now)}
      </Table.Td>
      <Table.Td className={classes.wide}>{run.started_by?.name || run.started_by?.email}</Table.Td>
    </Table.Tr>
  );
}

/** A comparison measures at most so many. */
const MOST = 6;

function CompareButton({ chosen, projectId }: { chosen: Run[]; projectId: string }) {
  const navigate = useNavigate();
  const compare = useCompare(projectId);
  const enough = chosen.length >= 2;
  return (
    <Stack mt="md" gap="xs">
      <Group gap="sm">
        <Button
          variant="default"
          leftSection={<IconArrowsDiff size={16} />}
          disabled={!enough}
          loading={compare.isPending}
          onClick={() =>
            compare.mutate(
              chosen.flatMap(({ version }) => version?.id ?? []),
              { onSuccess: ({ id }) => navigate(`/projects/${projectId}/runs/comparisons/${id}`) },
            )
          }
        >
          Compare on the same images
        </Button>
        <Text size="sm" c="dimmed">
          {enough
            ? `${versionList(chosen.flatMap(({ version }) => version?.number ?? []))} are measured on the images that all of them held out.`
            : `Tick 2 to ${MOST} finished runs.`}
        </Text>
      </Group>
      {compare.isError && (
        <Alert color="red" variant="light" role="alert">
          {sentence(compare.error)}
        </Alert>
      )}
    </Stack>
  );
}

/** What was compared before: it can be looked at again. */
function Earlier({ projectId }: { projectId: string }) {
  const { data: comparisons } = useComparisons(projectId);
  const now = Date.now();
  if (!comparisons?.length) return null;
  return (
    <section aria-labelledby="earlier-title">
      <Title order={2} size="h4" id="earlier-title" mt="xl" mb="xs">
        Compared before
      </Title>
      <ul className={classes.earlier}>
        {comparisons.map(({ id, versions, state, created_at }) => (
          <li key={id}>
            <Link to={`/projects/${projectId}/runs/comparisons/${id}`} className={classes.link}>
              {versionList(versions)}
            </Link>
            <Text span size="sm" c="dimmed">
              {COMPARISON_WORDS[state]} · {ago(created_at, now)}
            </Text>
          </li>
        ))}
      </ul>
    </section>
  );
}

function List({ runs, projectId }: { runs: Run[]; projectId: string }) {
  const [chosen, setChosen] = useState<string[]>([]);
  const now = useNow(runs.some((run) => !isOver(run.state)));
  // One more than can be compared puts the first one back.
  const choose = (id: string) =>
    setChosen((before) =>
      before.includes(id) ? before.filter((one) => one !== id) : [...before, id].slice(-MOST),
    );
  const comparable = runs.filter(({ version }) => version).length > 1;
  return (
    <>
      <Table verticalSpacing="sm" layout="auto">
        <Table.Thead className={classes.head}>
          <Table.Tr>
            {comparable && (
              <Table.Th className={classes.narrow}>
                <span className="visually-hidden">Compare</span>
              </Table.Th>
            )}
            <Table.Th>Run</Table.Th>
            <Table.Th>State</Table.Th>
            <Table.Th>Result</Table.Th>
            <Table.Th className={classes.wide}>Time</Table.Th>
            <Table.Th className={classes.wide}>Started</Table.Th>
            <Table.Th className={classes.wide}>By</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {runs.map((run) => (
            <Row
              key={run.id}
              run={run}
              now={now}
              chosen={chosen.includes(run.id)}
              onChoose={comparable ? () => choose(run.id) : null}
            />
          ))}
        </Table.Tbody>
      </Table>
      {comparable && (
        <CompareButton
          chosen={runs.filter(({ id }) => chosen.includes(id)).reverse()}
          projectId={projectId}
        />
      )}
      {comparable && <Earlier projectId={projectId} />}
    </>
  );
}

export default function RunsPage() {
  const { projectId = '' } = useParams();
  const { data: runs, error } = useRuns(projectId);
  return (
    <PageFrame>
      <SubNav label="Training" pages={pagesOfTrain(projectId)} />
      <Title order={1} size="h3" mb="sm">
        Runs
      </Title>
      {runs?.length === 0 && (
        <EmptyState
          icon={<IconHistory size={40} stroke={1.25} />}
          title="No run yet"
          action={
            <Button component={Link} to={`/projects/${projectId}/train`}>
              To the training
            </Button>
          }
        >
          Each training stands here afterwards, with what it read right and what it did not.
        </EmptyState>
      )}
      {runs && runs.length > 0 && <List runs={runs} projectId={projectId} />}
      {!runs && !error && <Skeleton height={240} />}
      {!runs && error && <EmptyState title="The runs could not be loaded">{sentence(error)}</EmptyState>}
    </PageFrame>
  );
}
