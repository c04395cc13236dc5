import { Skeleton, Stack, Text, Title } from '@mantine/core';
import { IconAlertTriangle, IconCircleCheck, IconCircleX, IconInfoCircle } from '@tabler/icons-react';
import { Link, useParams } from 'react-router';
import { sentence } from '@/api/client';
import { useDataCheck } from '@/api/images';
import { useProject } from '@/api/projects';
import type { DataCheck, Finding, Severity } from '@/api/types';
import { EmptyState } from '@/ui/EmptyState';
import { plural } from '@/ui/format';
import { PageFrame } from '@/ui/PageFrame';
import { pagesOfTrain, SubNav } from '@/ui/SubNav';
import { StartPanel } from './StartPanel';
import classes from './TrainPage.module.css';

const ICONS: Record<Severity, React.ReactNode> = {
  refuse: <IconCircleX size={20} color="var(--danger)" aria-label="Must be mended" />,
  warn: <IconAlertTriangle size={20} color="var(--warn)" aria-label="Worth a look" />,
  note: <IconInfoCircle size={20} color="var(--text-dim)" aria-label="Good to know" />,
};

const ORDER: Severity[] = ['refuse', 'warn', 'note'];

function FindingRow({ finding, projectId }: { finding: Finding; projectId: string }) {
  const ids = finding.image_ids;
  const to =
    ids.length === 1
      ? `/projects/${projectId}/annotate/${ids[0]}`
      : `/projects/${projectId}/images?ids=${ids.join(',')}`;
  return (
    <li className={classes.finding}>
      {ICONS[finding.severity]}
      <div>
        <Text>{finding.message}</Text>
        {ids.length > 0 && (
          <Link to={to} className={classes.link}>
            {ids.length === 1 ? 'Open the image' : `Show the ${plural(ids.length, 'image')}`}
          </Link>
        )}
      </div>
    </li>
  );
}

/** What the training will see, in a sentence. */
export function overview({ images, annotated, regions, train, test }: DataCheck['summary']): string {
  if (images === 0) return 'There are no images yet.';
  const seen = `${annotated} of ${plural(images, 'image')} annotated, with ${plural(regions, 'region')}.`;
  if (train + test === 0) return seen;
  return `${seen} ${train} to learn from; ${test} held out, to measure on.`;
}

function Check({ check, projectId }: { check: DataCheck; projectId: string }) {
  const findings = [...check.findings].sort((a, b) => ORDER.indexOf(a.severity) - ORDER.indexOf(b.severity));
  return (
    <>
      <Text size="lg" mb="md" style={{ textWrap: 'pretty' }}>
        {overview(check.summary)}
      </Text>
      <ul className={classes.findings}>
        {check.ready && (
          <li className={classes.finding}>
            <IconCircleCheck size={20} color="var(--good)" aria-hidden />
            <Text>
              {findings.length === 0 ? 'All of it can be trained as it is.' : 'It can be trained as it is.'}
            </Text>
          </li>
        )}
        {findings.map((finding) => (
          <FindingRow key={finding.code + finding.message} finding={finding} projectId={projectId} />
        ))}
      </ul>
    </>
  );
}

export default function TrainPage() {
  const { projectId = '' } = useParams();
  const { data: project } = useProject(projectId);
  const check = useDataCheck(projectId);
  return (
    <PageFrame>
      <SubNav label="Training" pages={pagesOfTrain(projectId)} />
      <div className={classes.columns}>
        <section aria-labelledby="check-title">
          <Title order={1} size="h3" id="check-title" mb="sm">
            Your data
          </Title>
          {check.data ? (
            <Check check={check.data} projectId={projectId} />
          ) : check.error ? (
            <EmptyState title="Your data could not be checked">{sentence(check.error)}</EmptyState>
          ) : (
            <Stack gap="sm">
              <Skeleton height={28} width="80%" />
              <Skeleton height={48} />
              <Skeleton height={48} />
            </Stack>
          )}
        </section>
        <StartPanel project={project} check={check.data} />
      </div>
    </PageFrame>
  );
}
