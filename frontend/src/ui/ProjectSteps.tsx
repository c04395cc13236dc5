import { ActionIcon, Skeleton, Tooltip } from '@mantine/core';
import { IconCheck, IconSettings } from '@tabler/icons-react';
import { Link, useLocation } from 'react-router';
import { useProject } from '@/api/projects';
import classes from './ProjectSteps.module.css';
import { type Step, stepsOf } from './steps';

function StepLink({ step, base, current }: { step: Step; base: string; current: boolean }) {
  return (
    <Link
      to={`${base}/${step.to}`}
      className={classes.step}
      data-current={current || undefined}
      aria-current={current ? 'page' : undefined}
    >
      <span className={classes.dot} data-done={step.done || undefined} data-busy={step.busy || undefined}>
        {step.done && !step.busy && <IconCheck size={10} stroke={3.5} />}
      </span>
      <span>{step.name}</span>
      {step.state && (
        <>
          <span className={classes.state}>{step.state}</span>
          <span className={classes.short} aria-hidden="true">
            {step.short}
          </span>
        </>
      )}
    </Link>
  );
}

/** The thread through the product: the four steps of the work, each with its live state. */
export function ProjectSteps({ projectId }: { projectId: string }) {
  const { data: project, isError } = useProject(projectId);
  const { pathname } = useLocation();
  const base = `/projects/${projectId}`;
  const here = pathname.slice(base.length + 1).split('/')[0] ?? '';
  // What is not there has no steps to go; the page below says so.
  if (isError && !project) return null;
  return (
    <>
      <Link
        to={`${base}/images`}
        className={classes.name}
        title={project?.name}
        aria-label={project?.name ?? 'This project'}
      >
        {project?.name ?? <Skeleton width={120} height={16} />}
      </Link>
      <nav className={classes.steps} aria-label="Steps of this project">
        {project &&
          stepsOf(project).map((step) => (
            <StepLink
              key={step.to}
              step={step}
              base={base}
              current={[step.to, ...step.also].includes(here)}
            />
          ))}
        <Tooltip label="Labels, members, project">
          <ActionIcon
            component={Link}
            to={`${base}/settings`}
            variant={here === 'settings' ? 'light' : 'subtle'}
            color={here === 'settings' ? undefined : 'gray'}
            size={32}
            className={classes.settings}
            aria-label="Project settings"
          >
            <IconSettings size={18} stroke={1.75} />
          </ActionIcon>
        </Tooltip>
      </nav>
    </>
  );
}
