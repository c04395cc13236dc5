import { Alert, Button, Skeleton, Stack, Text, Title } from '@mantine/core';
import { IconAlertTriangle, IconArrowRight, IconPlayerPlay } from '@tabler/icons-react';
import { Link, useNavigate } from 'react-router';
import { sentence } from '@/api/client';
import { useEstimate, useStartRun } from '@/api/runs';
import { useSession } from '@/api/session';
import type { Choices, DataCheck, Project, TrainEstimate } from '@/api/types';
import { RECTIFIERS } from '@/ui/networks';
import { FORMATS } from './choices';
import { mailNote, minutesExpected, whyNot } from './reasons';
import classes from './TrainPage.module.css';

interface FactsProps {
  estimate: TrainEstimate;
  choices: Choices;
  device: string | null | undefined;
}

function Facts({ estimate, choices: { rectifier, exports }, device }: FactsProps) {
  const formats = FORMATS.filter(({ key }) => exports.includes(key)).map(({ name }) => name);
  return (
    <dl className={classes.facts}>
      <dt>Network</dt>
      <dd>
        {estimate.name}
        {rectifier && `, ${RECTIFIERS[rectifier]}`}
      </dd>
      {formats.length > 0 && (
        <>
          <dt>Also as</dt>
          <dd>{formats.join(', ')}</dd>
        </>
      )}
      <dt>Starts from</dt>
      <dd>{estimate.start}</dd>
      <dt>Takes</dt>
      <dd>{minutesExpected(estimate)}</dd>
      {(device || estimate.device) && (
        <>
          <dt>On</dt>
          <dd>{device || estimate.device}</dd>
        </>
      )}
    </dl>
  );
}

/** What will be trained, and the button that starts it or says why it cannot. */
export function StartPanel({
  project,
  check,
  choices,
}: {
  project: Project | undefined;
  check: DataCheck | undefined;
  choices: Choices;
}) {
  const navigate = useNavigate();
  const { data: session } = useSession();
  const { data: estimate } = useEstimate(project?.id ?? '', choices.network, choices.tower);
  const start = useStartRun(project?.id ?? '');
  if (!project || !check || !estimate) return <Skeleton height={320} radius="lg" />;
  const reason = whyNot(project, check);
  return (
    <section className={classes.panel} aria-labelledby="start-title">
      <Title order={2} size="h4" id="start-title">
        {project.newest !== null ? 'Train a new version' : 'Train the first version'}
      </Title>
      <Facts estimate={estimate} choices={choices} device={session?.device} />
      <Stack gap="sm">
        {estimate.warning && (
          <Alert color="yellow" variant="light" icon={<IconAlertTriangle />} role="status">
            {estimate.warning}
          </Alert>
        )}
        {start.isError && (
          <Alert color="red" variant="light" role="alert">
            {sentence(start.error)}
          </Alert>
        )}
        {project.run ? (
          <Button
            size="md"
            component={Link}
            to={`/projects/${project.id}/runs/${project.run.id}`}
            rightSection={<IconArrowRight size={18} />}
          >
            Watch run {project.run.number}
          </Button>
        ) : (
          <Button
            size="md"
            leftSection={<IconPlayerPlay size={18} />}
            disabled={reason !== null}
            loading={start.isPending}
            aria-describedby="start-note"
            onClick={() =>
              start.mutate(choices, {
                onSuccess: (run) => navigate(`/projects/${project.id}/runs/${run.id}`),
              })
            }
          >
            Train
          </Button>
        )}
        <Text size="sm" c="dimmed" id="start-note">
          {reason ?? mailNote(session?.mail ?? 'smtp', session?.user?.email ?? 'you')}
        </Text>
        {session && !session.workers.training && (
          <Text size="sm" c="var(--warn)">
            No training worker is running: a run waits until one is started.
          </Text>
        )}
      </Stack>
    </section>
  );
}
