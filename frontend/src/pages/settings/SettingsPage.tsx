import { Stack, Title } from '@mantine/core';
import { useParams } from 'react-router';
import { useProject } from '@/api/projects';
import { PageFrame } from '@/ui/PageFrame';
import { DeleteProject } from './DeleteProject';
import { KeepPredictions } from './KeepPredictions';
import { Labels } from './Labels';
import { Members } from './Members';
import { NameForm } from './NameForm';

export default function SettingsPage() {
  const { projectId = '' } = useParams();
  const { data: project } = useProject(projectId);
  if (!project)
    return (
      <PageFrame width="narrow" title="Settings">
        {null}
      </PageFrame>
    );
  const owner = project.role === 'owner';
  return (
    <PageFrame width="narrow" title="Settings">
      <Stack gap={48}>
        {owner && <NameForm key={project.name} project={project} />}
        <section aria-labelledby="labels-title">
          <Title order={2} size="h4" id="labels-title" mb={4}>
            Labels
          </Title>
          <Labels project={project} owner={owner} />
        </section>
        <section aria-labelledby="members-title">
          <Title order={2} size="h4" id="members-title" mb={4}>
            Members
          </Title>
          <Members project={project} owner={owner} />
        </section>
        {owner && <KeepPredictions key={project.prediction_days} project={project} />}
        {owner && <DeleteProject project={project} />}
      </Stack>
    </PageFrame>
  );
}
