import { Badge, Group, Progress, Text } from '@mantine/core';
import { IconPhoto } from '@tabler/icons-react';
import { Link } from 'react-router';
import type { Project } from '@/api/types';
import { ago, percent, plural } from '@/ui/format';
import classes from './ProjectCard.module.css';

function Strip({ urls }: { urls: string[] }) {
  if (urls.length === 0) {
    return (
      <div className={classes.strip} data-empty>
        <IconPhoto size={32} stroke={1.25} />
      </div>
    );
  }
  return (
    <div className={classes.strip} data-count={urls.length}>
      {urls.map((url) => (
        <img key={url} src={url} alt="" loading="lazy" decoding="async" />
      ))}
    </div>
  );
}

/** What the project can do already, in words. */
export function accuracyOf({ live, newest, run }: Project): string {
  if (run) return `Run ${run.number} is ${run.state}${run.fraction ? `, ${percent(run.fraction)}` : ''}`;
  if (!live) return newest === null ? 'Not trained yet' : `v${newest} is not live`;
  if (live.accuracy === null) return `v${live.version} is live`;
  return `v${live.version} reads ${percent(live.accuracy)} exactly`;
}

export function ProjectCard({ project }: { project: Project }) {
  const { images, annotated, reviewed } = project.counts;
  const seen = annotated + reviewed;
  return (
    <Link to={`/projects/${project.id}/images`} className={classes.card}>
      <Strip urls={project.strip} />
      <div className={classes.body}>
        <Group justify="space-between" wrap="nowrap" gap="xs">
          <Text fw={600} truncate>
            {project.name}
          </Text>
          {project.is_sample && (
            <Badge variant="default" size="sm" tt="none" fw={500} flex="none">
              Sample
            </Badge>
          )}
        </Group>
        <Text size="sm" c="dimmed">
          {images === 0 ? 'No images yet' : `${plural(images, 'image')}, ${seen} annotated`}
        </Text>
        {project.run ? (
          <Progress
            value={(project.run.fraction ?? 0) * 100}
            animated
            size={4}
            my={6}
            aria-label="Progress of the training"
          />
        ) : (
          <div className={classes.rule} />
        )}
        <Group justify="space-between" wrap="nowrap" gap="xs">
          <Text size="sm" fw={500} c={project.live || project.run ? undefined : 'dimmed'} truncate>
            {accuracyOf(project)}
          </Text>
          <Text size="sm" c="dimmed" flex="none">
            {ago(project.updated_at)}
          </Text>
        </Group>
      </div>
    </Link>
  );
}
