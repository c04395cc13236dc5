import { Progress, Skeleton, Stack, Text, Title } from '@mantine/core';
import { IconAlertTriangle, IconCircleCheck, IconCircleX, IconInfoCircle } from '@tabler/icons-react';
import { useState } from 'react';
import { Link, useParams } from 'react-router';
import { sentence } from '@/api/client';
import { useDataCheck } from '@/api/images';
import { useProject } from '@/api/projects';
import type { CheckSummary, DataCheck, Finding, Severity } from '@/api/types';
import { EmptyState } from '@/ui/EmptyState';
import { plural } from '@/ui/format';
import { PageFrame } from '@/ui/PageFrame';
import { pagesOfTrain, SubNav } from '@/ui/SubNav';
import { USUAL } from './choices';
import { NetworkChoice } from './NetworkChoice';
import { StartPanel } from './StartPanel';
import classes from './TrainPage.module.css';

const ICONS: Record<Severity, React.ReactNode> = {
  refuse: <IconCircleX size={20} color="var(--danger)" aria-label="Must be mended" />,
  warn: <IconAlertTriangle size={20} color="var(--warn)" aria-label="Worth a look" />,
  note: <IconInfoCircle size={20} color="var(--text-dim)" aria-label="Good to know" />,
};

const ORDER: Severity[] = ['refuse', 'warn', 'note'];

/** Where that which a finding is about can be mended, below the project's address; null where nowhere is the place. */
export function remedy(
  { code, image_ids: ids }: Finding,
  images: number,
): { to: string; word: string } | null {
  if (ids.length === 1) return { to: `annotate/${ids[0]}`, word: 'Open the image' };
  if (ids.length > 1)
    return { to: `images?ids=${ids.join(',')}`, word: `Show the ${plural(ids.length, 'image')}` };
  if (code === 'no_labels') return { to: 'settings', word: 'Add labels' };
  if (!['no_regions', 'too_few_images', 'no_texts'].includes(code)) return null;
  return images === 0 ? { to: 'images', word: 'Upload images' } : { to: 'annotate', word: 'Annotate' };
}

interface FindingProps {
  finding: Finding;
  images: number;
  projectId: string;
}

function FindingRow({ finding, images, projectId }: FindingProps) {
  const way = remedy(finding, images);
  return (
    <li className={classes.finding}>
      {ICONS[finding.severity]}
      <div>
        <Text>{finding.message}</Text>
        {way && (
          <Link to={`/projects/${projectId}/${way.to}`} className={classes.link}>
            {way.word}
          </Link>
        )}
      </div>
    </li>
  );
}

/** What the training will see, in a sentence. */
export function overview({ images, annotated, regions, train, test }: CheckSummary): string {
  if (images === 0) return 'There are no images yet.';
  const [some, learnt, heldOut] = [annotated, train, test].map((count) => count.toLocaleString('en'));
  const seen = `${some} of ${plural(images, 'image')} annotated, with ${plural(regions, 'region')}.`;
  if (train + test === 0) return seen;
  return `${seen} ${learnt} to learn from; ${heldOut} held out, to measure on.`;
}

/** How far a check has come that the worker makes; what was found before stands below it. */
function Looking({ check: { done, total, summary } }: { check: DataCheck }) {
  const far = done > 0 ? `${done.toLocaleString('en')} of ${plural(total, 'image')}` : plural(total, 'image');
  return (
    <div role="status">
      <Text mb="xs">
        Looking at {far} …{summary && ' Something has changed since what is shown here was found.'}
      </Text>
      <Progress
        value={total > 0 ? (100 * done) / total : 0}
        animated
        mb="md"
        aria-label="Progress of the data check"
      />
    </div>
  );
}

function Check({ check, projectId }: { check: DataCheck; projectId: string }) {
  return (
    <>
      {check.state === 'checking' && <Looking check={check} />}
      {check.state === 'failed' && (
        <EmptyState title="Your data could not be looked at">{check.failure}</EmptyState>
      )}
      {check.summary && <Findings check={check} summary={check.summary} projectId={projectId} />}
    </>
  );
}

interface FindingsProps {
  check: DataCheck;
  summary: CheckSummary;
  projectId: string;
}

function Findings({ check, summary, projectId }: FindingsProps) {
  const findings = [...check.findings].sort((a, b) => ORDER.indexOf(a.severity) - ORDER.indexOf(b.severity));
  return (
    <>
      <Text size="lg" mb="md" style={{ textWrap: 'pretty' }}>
        {overview(summary)}
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
          <FindingRow
            key={finding.code + finding.message}
            finding={finding}
            images={summary.images}
            projectId={projectId}
          />
        ))}
      </ul>
    </>
  );
}

export default function TrainPage() {
  const { projectId = '' } = useParams();
  const { data: project } = useProject(projectId);
  const check = useDataCheck(projectId);
  const [choices, setChoices] = useState(USUAL);
  return (
    <PageFrame>
      <SubNav label="Training" pages={pagesOfTrain(projectId)} />
      <div className={classes.columns}>
        <div className={classes.reading}>
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
          <NetworkChoice choices={choices} onChange={setChoices} />
        </div>
        <StartPanel project={project} check={check.data} choices={choices} />
      </div>
    </PageFrame>
  );
}
