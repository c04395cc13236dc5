import { Button, Group, Progress, SimpleGrid, Skeleton, Text, TextInput } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { IconPlus, IconSearch, IconSparkles } from '@tabler/icons-react';
import { useState } from 'react';
import { useNavigate } from 'react-router';
import { sentence } from '@/api/client';
import { useProjects, useSampleProject } from '@/api/projects';
import type { Project } from '@/api/types';
import { EmptyState } from '@/ui/EmptyState';
import { PageFrame } from '@/ui/PageFrame';
import { NewProject } from './NewProject';
import { ProjectCard } from './ProjectCard';
import { Welcome } from './Welcome';

export function matching(projects: Project[], search: string): Project[] {
  const wanted = search.trim().toLowerCase();
  return projects.filter((project) => project.name.toLowerCase().includes(wanted));
}

function Cards({ projects }: { projects: Project[] | undefined }) {
  return (
    <SimpleGrid cols={{ base: 1, xs: 2, md: 3 }} spacing="lg">
      {projects
        ? projects.map((project) => <ProjectCard key={project.id} project={project} />)
        : [1, 2, 3].map((key) => <Skeleton key={key} height={252} radius="lg" />)}
    </SimpleGrid>
  );
}

/** The sample project takes some seconds to draw; it says so while it is being made. */
function useSample() {
  const navigate = useNavigate();
  const sample = useSampleProject();
  const make = () =>
    sample.mutate(undefined, { onSuccess: (project) => navigate(`/projects/${project.id}/images`) });
  return { make, making: sample.isPending };
}

export default function ProjectsPage() {
  const { data: projects, error } = useProjects();
  const [search, setSearch] = useState('');
  const [naming, { open, close }] = useDisclosure();
  const sample = useSample();
  if (error && !projects)
    return <EmptyState title="Your projects could not be loaded">{sentence(error)}</EmptyState>;

  const dialog = <NewProject opened={naming} onClose={close} />;
  if (projects?.length === 0) {
    return (
      <>
        <Welcome onNew={open} onSample={sample.make} making={sample.making} />
        {dialog}
      </>
    );
  }
  const shown = projects && matching(projects, search);
  return (
    <PageFrame
      title="Projects"
      actions={
        <>
          <TextInput
            aria-label="Search projects"
            placeholder="Search"
            leftSection={<IconSearch size={16} />}
            value={search}
            onChange={(event) => setSearch(event.currentTarget.value)}
            flex="1 1 120px"
            maw={200}
          />
          {projects && !projects.some((project) => project.is_sample) && (
            <Button
              variant="default"
              leftSection={<IconSparkles size={16} />}
              onClick={sample.make}
              loading={sample.making}
            >
              Sample project
            </Button>
          )}
          <Button leftSection={<IconPlus size={16} />} onClick={open}>
            New project
          </Button>
        </>
      }
    >
      {sample.making && (
        <Group mb="lg" gap="sm">
          <Progress value={100} animated flex={1} aria-label="Drawing the sample project" />
          <Text size="sm" c="dimmed">
            Drawing number plates and annotating them…
          </Text>
        </Group>
      )}
      {shown?.length === 0 ? (
        <EmptyState title="No project of that name">
          {`None of your ${projects?.length} projects has “${search}” in its name.`}
        </EmptyState>
      ) : (
        <Cards projects={shown} />
      )}
      {dialog}
    </PageFrame>
  );
}
