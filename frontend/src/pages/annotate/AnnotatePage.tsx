import { Button, Center, Loader } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useEffect, useMemo } from 'react';
import { Link, useNavigate, useParams, useSearchParams } from 'react-router';
import { withQuery } from '@/api/client';
import { useSession } from '@/api/session';
import { useLateness } from '@/ui/useLateness';
import classes from './AnnotatePage.module.css';
import { filtersOf, firstImage } from './imageData';
import { savingFor } from './saving';
import { Workbench } from './Workbench';

/** The annotation page: of one image, or of the first that is to do. */
export default function AnnotatePage() {
  const { projectId = '', imageId } = useParams();
  const user = useSession().data?.user?.id;
  const saving = useMemo(() => (user === undefined ? null : savingFor(String(user))), [user]);
  if (!saving) return <div className={classes.page} data-fill />;
  if (!imageId) return <Begin projectId={projectId} />;
  return <Workbench projectId={projectId} imageId={imageId} saving={saving} />;
}

function Begin({ projectId }: { projectId: string }) {
  const [search] = useSearchParams();
  const navigate = useNavigate();
  const filters = filtersOf(search);
  const first = useQuery({
    queryKey: ['first image', projectId, filters],
    queryFn: () => firstImage(projectId, filters),
    staleTime: 0,
    gcTime: 0,
  });
  const begin = first.data;
  useEffect(() => {
    if (!begin) return;
    navigate(withQuery(`/projects/${projectId}/annotate/${begin.id}`, begin.filters), { replace: true });
  }, [begin, navigate, projectId]);
  const late = useLateness(first.isPending, 500);
  if (first.error) throw first.error;
  if (first.data === null) return <NoImages projectId={projectId} filtered={search.size > 0} />;
  return (
    <div className={classes.page} data-fill>
      <Center flex={1}>{late && <Loader aria-label="Loading" />}</Center>
    </div>
  );
}

function NoImages({ projectId, filtered }: { projectId: string; filtered: boolean }) {
  return (
    <div className={classes.page} data-fill>
      <div className={classes.nothing}>
        <h1>{filtered ? 'No image matches this filter' : 'No images to annotate yet'}</h1>
        <p>
          {filtered
            ? 'Choose another filter in the list of images.'
            : 'Upload some pictures first; then draw and type here.'}
        </p>
        <Button component={Link} to={`/projects/${projectId}/images`}>
          {filtered ? 'To the images' : 'Upload images'}
        </Button>
      </div>
    </div>
  );
}
