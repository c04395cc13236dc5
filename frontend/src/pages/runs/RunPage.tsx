import { Alert, Anchor, Button, Group, Progress, Skeleton, Stack, Text, Title } from '@mantine/core';
import { IconAlertTriangle, IconDownload, IconPlayerStop, IconRocket } from '@tabler/icons-react';
import { useEffect, useRef } from 'react';
import { Link, useParams } from 'react-router';
import { ApiError, sentence } from '@/api/client';
import { useProject } from '@/api/projects';
import {
  isOver,
  useCancelRun,
  useEpochs,
  useEstimate,
  useEvaluation,
  useLooks,
  useMakeLive,
  useRun,
  useRunsChanged,
} from '@/api/runs';
import type { Epoch, Evaluation, Project, Run } from '@/api/types';
import { EmptyState } from '@/ui/EmptyState';
import { NotFound } from '@/ui/ErrorPage';
import { dateTime, duration } from '@/ui/format';
import { readsWith } from '@/ui/networks';
import { PageFrame } from '@/ui/PageFrame';
import { pagesOfTrain, SubNav } from '@/ui/SubNav';
import { useNow } from '@/ui/useNow';
import { BigNumbers } from './BigNumbers';
import { Curves } from './Curves';
import { LabelScores } from './LabelScores';
import { LogPanel } from './LogPanel';
import { Looks } from './Looks';
import { Misses } from './Misses';
import { RunBadge } from './RunBadge';
import classes from './RunPage.module.css';
import { Stepper } from './Stepper';
import { heldBack, noteOf } from './scores';
import { doing, finalNumbers, leftOf, liveNumbers, rateSentence, stepsOf } from './words';

function Actions({ run, project }: { run: Run; project: Project | undefined }) {
  const cancel = useCancelRun(run.project);
  const makeLive = useMakeLive(run.project, run.id);
  const owner = project?.role === 'owner';
  const { version } = run;
  return (
    <Group gap="xs">
      {!isOver(run.state) && owner && (
        <Button
          variant="default"
          leftSection={<IconPlayerStop size={16} />}
          loading={cancel.isPending || run.cancelling}
          onClick={() => cancel.mutate(run.id)}
        >
          Cancel
        </Button>
      )}
      {version && (
        <Button
          component="a"
          href={`/api/v1/versions/${version.id}/bundle`}
          download
          variant="default"
          leftSection={<IconDownload size={16} />}
        >
          Download v{version.number}
        </Button>
      )}
      {version && !version.live && owner && (
        <Button
          variant={heldBack(version) ? 'default' : 'filled'}
          leftSection={<IconRocket size={16} />}
          loading={makeLive.isPending}
          onClick={() => makeLive.mutate(version.id)}
        >
          Make v{version.number} live
        </Button>
      )}
      {version?.live && (
        <Button component={Link} to={`/projects/${run.project}/try`}>
          Try v{version.number}
        </Button>
      )}
    </Group>
  );
}

function Underway({ run, epochs }: { run: Run; epochs: Epoch[] }) {
  const { data: expected } = useEstimate(run.project, run.network.key, null);
  return (
    <Stack gap={6} aria-live="polite">
      <Group justify="space-between">
        <Text fw={500}>{doing(run)}</Text>
        <Text c="dimmed">{leftOf(run, epochs, expected)}</Text>
      </Group>
      <Progress
        value={(run.progress.fraction ?? 0) * 100}
        aria-label="Progress of the run"
        transitionDuration={400}
      />
    </Stack>
  );
}

function Verdict({ run, evaluation }: { run: Run; evaluation: Evaluation }) {
  const { given_region, normalised, start } = evaluation.sentences;
  const { version } = run;
  const held = version !== null && heldBack(version);
  const note = version && noteOf(version);
  return (
    <Stack gap={4}>
      <Text className={classes.verdict}>
        v{version?.number} {rateSentence(evaluation.overall.end_to_end.exact)}.
      </Text>
      {[start, normalised, given_region, !held && note].filter(Boolean).map((line) => (
        <Text key={String(line)} c="dimmed">
          {line}
        </Text>
      ))}
      {held && (
        <Alert color="yellow" variant="light" mt="sm" icon={<IconAlertTriangle />}>
          {note}
        </Alert>
      )}
    </Stack>
  );
}

function Facts({ run }: { run: Run }) {
  const facts: [string, string | undefined | null][] = [
    ['Network', readsWith(run.network)],
    ['Device', run.device],
    ['Time', run.seconds === null ? null : duration(run.seconds)],
    [
      'Started',
      `${dateTime(run.created_at)}${run.started_by ? ` by ${run.started_by.name || run.started_by.email}` : ''}`,
    ],
    ['Attempts', run.attempts > 1 ? `${run.attempts}: it went on from its checkpoint` : null],
  ];
  return (
    <dl className={classes.facts}>
      {facts
        .filter(([, value]) => value)
        .map(([name, value]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ))}
    </dl>
  );
}

/** Once, when a run that was watched comes to its end: everything that shows versions is asked for anew. */
function useEnding(run: Run | undefined) {
  const changed = useRunsChanged();
  const watched = useRef(false);
  const over = run !== undefined && isOver(run.state);
  // biome-ignore lint/correctness/useExhaustiveDependencies: only the end itself counts
  useEffect(() => {
    if (run && !over) watched.current = true;
    if (run && over && watched.current) changed(run.project);
  }, [over, run?.id]);
}

function RunBody({ run, project }: { run: Run; project: Project | undefined }) {
  const over = isOver(run.state);
  const now = useNow(!over);
  const { data: epochs } = useEpochs(run);
  const { data: evaluation } = useEvaluation(run.id, run.version !== null);
  const { data: looks } = useLooks(run.id, over);
  const soFar = over ? null : liveNumbers(epochs ?? []);
  return (
    <Stack gap={32}>
      <Group justify="space-between">
        <Group gap="sm">
          <Title order={1} size="h2">
            Run {run.number}
          </Title>
          <RunBadge state={run.state} />
        </Group>
        <Actions run={run} project={project} />
      </Group>
      {run.failure && (
        <Alert
          color="red"
          variant="light"
          icon={<IconAlertTriangle />}
          title={run.state === 'cancelled' ? undefined : 'This run failed'}
        >
          {run.failure}
        </Alert>
      )}
      {evaluation && <Verdict run={run} evaluation={evaluation} />}
      {evaluation && <BigNumbers numbers={finalNumbers(evaluation)} />}
      {evaluation && <LabelScores evaluation={evaluation} />}
      {!over && <Underway run={run} epochs={epochs ?? []} />}
      <Stepper steps={stepsOf(run, now)} />
      {soFar && <BigNumbers numbers={soFar} />}
      {epochs && epochs.length > 0 && (
        <div>
          <Curves epochs={epochs} />
        </div>
      )}
      {evaluation && (
        <section aria-labelledby="misses-title">
          <Title order={2} size="h4" id="misses-title" mb="sm">
            Worst misses
          </Title>
          <Misses misses={evaluation.misses} projectId={run.project} />
        </section>
      )}
      {looks && looks.length > 0 && <Looks looks={looks} />}
      <Facts run={run} />
      <LogPanel run={run} startOpen={run.state === 'failed'} />
    </Stack>
  );
}

export default function RunPage() {
  const { projectId = '', runId = '' } = useParams();
  const { data: project } = useProject(projectId);
  const { data: run, error } = useRun(runId);
  useEnding(run);
  if (error instanceof ApiError && error.status === 404) return <NotFound what="run" />;
  return (
    <PageFrame>
      <SubNav label="Training" pages={pagesOfTrain(projectId)} />
      {run && <RunBody key={run.id} run={run} project={project} />}
      {!run && !error && (
        <Stack gap={32}>
          <Skeleton height={36} width={200} />
          <Skeleton height={64} />
          <Skeleton height={240} />
        </Stack>
      )}
      {!run && error && (
        <EmptyState
          title="The run could not be loaded"
          action={<Anchor onClick={() => window.location.reload()}>Reload</Anchor>}
        >
          {sentence(error)}
        </EmptyState>
      )}
    </PageFrame>
  );
}
