import { Alert, Button, Progress, Skeleton, Stack, Text, Title } from '@mantine/core';
import { IconAlertTriangle } from '@tabler/icons-react';
import { useParams } from 'react-router';
import { ApiError, sentence } from '@/api/client';
import { isMeasured, useCompare, useComparison } from '@/api/comparisons';
import { useVersions } from '@/api/runs';
import type { Comparison, ComparisonResult } from '@/api/types';
import { EmptyState } from '@/ui/EmptyState';
import { NotFound } from '@/ui/ErrorPage';
import { plural } from '@/ui/format';
import { PageFrame } from '@/ui/PageFrame';
import { pagesOfTrain, SubNav } from '@/ui/SubNav';
import { ComparedTable } from './ComparedTable';
import { leftOut, outcome } from './compared';
import { Differences } from './Differences';
import classes from './RunPage.module.css';
import { versionList } from './words';

function Measuring({ comparison: { state, done, total } }: { comparison: Comparison }) {
  const waiting = state === 'waiting' || total === 0;
  return (
    <Stack gap={6} aria-live="polite">
      <Text fw={500}>
        {waiting ? 'Waiting for the prediction worker…' : `Reading pictures: ${done} of ${total}`}
      </Text>
      <Progress
        value={waiting ? 0 : (100 * done) / total}
        aria-label="Progress of the comparison"
        transitionDuration={400}
      />
      <Text size="sm" c="dimmed">
        Each version reads every picture that all of them held out. You may leave this page: the result is
        kept.
      </Text>
    </Stack>
  );
}

/** Why it failed, and another try. */
function Failed({ comparison }: { comparison: Comparison }) {
  const { data: versions } = useVersions(comparison.project);
  const compare = useCompare(comparison.project);
  const ids = (versions ?? [])
    .filter(({ number }) => comparison.versions.includes(number))
    .map(({ id }) => id);
  return (
    <Stack gap="sm" align="flex-start">
      <Alert
        color="red"
        variant="light"
        icon={<IconAlertTriangle />}
        title="They could not be compared"
        role="alert"
        w="100%"
      >
        {compare.isError ? sentence(compare.error) : comparison.failure}
      </Alert>
      <Button
        variant="default"
        disabled={ids.length !== comparison.versions.length}
        loading={compare.isPending}
        onClick={() => compare.mutate(ids)}
      >
        Try again
      </Button>
    </Stack>
  );
}

function Result({ result, projectId }: { result: ComparisonResult; projectId: string }) {
  const left = leftOut(result);
  return (
    <>
      <Stack gap={4}>
        <Text className={classes.verdict}>{result.sentence}</Text>
        <Text c="dimmed">
          Measured on {plural(result.images, 'image')} that none of them learnt from.{left && ` ${left}`}
        </Text>
      </Stack>
      <ComparedTable versions={result.versions} projectId={projectId} />
      <section aria-labelledby="differences-title">
        <Title order={2} size="h4" id="differences-title">
          Where they differ
        </Title>
        <Text c="dimmed" mb="sm">
          {outcome(result)}
        </Text>
        <Differences result={result} projectId={projectId} />
      </section>
    </>
  );
}

function Body({ comparison, projectId }: { comparison: Comparison; projectId: string }) {
  return (
    <Stack gap={32}>
      <Title order={1} size="h2">
        {versionList(comparison.versions)} on the same images
      </Title>
      {!isMeasured(comparison.state) && <Measuring comparison={comparison} />}
      {comparison.state === 'failed' && <Failed comparison={comparison} />}
      {comparison.result && <Result result={comparison.result} projectId={projectId} />}
    </Stack>
  );
}

/** Versions of whatever networks, measured on the images that all of them held out. */
export default function ComparisonPage() {
  const { projectId = '', comparisonId = '' } = useParams();
  const { data: comparison, error } = useComparison(comparisonId);
  if (error instanceof ApiError && error.status === 404) return <NotFound what="comparison" />;
  return (
    <PageFrame>
      <SubNav label="Training" pages={pagesOfTrain(projectId)} />
      {comparison && <Body comparison={comparison} projectId={projectId} />}
      {!comparison && !error && (
        <Stack gap={32}>
          <Skeleton height={36} width={320} />
          <Skeleton height={200} />
        </Stack>
      )}
      {!comparison && error && (
        <EmptyState title="The comparison could not be loaded">{sentence(error)}</EmptyState>
      )}
    </PageFrame>
  );
}
