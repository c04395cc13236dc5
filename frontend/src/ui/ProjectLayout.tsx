import { useEffect } from 'react';
import { Outlet, useParams } from 'react-router';
import { ApiError } from '@/api/client';
import { useProject } from '@/api/projects';
import { NotFound } from './ErrorPage';

/** Everything inside one project; a project of somebody else does not exist. */
export function ProjectLayout() {
  const { projectId = '' } = useParams();
  const project = useProject(projectId);
  const name = project.data?.name;
  useEffect(() => {
    if (!name) return;
    document.title = `${name} · Glyphsmith`;
    return () => {
      document.title = 'Glyphsmith';
    };
  }, [name]);
  if (project.error instanceof ApiError && project.error.status === 404) return <NotFound what="project" />;
  if (project.error && !project.data) throw project.error;
  return <Outlet key={projectId} />;
}
