import { Button, Loader } from '@mantine/core';
import { useCallback, useEffect, useMemo, useState } from 'react';
import { useNavigate, useSearchParams } from 'react-router';
import { ApiError, sentence } from '@/api/client';
import { useProject } from '@/api/projects';
import { EditorStage } from '@/canvas/EditorStage';
import { glide } from '@/canvas/glide';
import { usePicture } from '@/canvas/picture';
import type { Desk } from '@/editor/acts';
import { Editor } from '@/editor/editor';
import { NotFound } from '@/ui/ErrorPage';
import { showDone } from '@/ui/toasts';
import { useLateness } from '@/ui/useLateness';
import classes from './AnnotatePage.module.css';
import { Footer } from './Footer';
import { Hint } from './Hint';
import { newId } from './ids';
import { filtersOf } from './imageData';
import { Rail } from './Rail';
import { ShortcutsSheet } from './ShortcutsSheet';
import type { Saving } from './saving';
import { useDocument } from './useDocument';
import { useKeys } from './useKeys';

interface Props {
  projectId: string;
  imageId: string;
  saving: Saving;
}

function makeEditor(): Editor {
  const editor = new Editor(newId);
  editor.glide = glide;
  return editor;
}

/** Stage, rail and footer around one editor, from image to image. */
export function Workbench({ projectId, imageId, saving }: Props) {
  const [editor] = useState(makeEditor);
  const [search] = useSearchParams();
  const filters = useMemo(() => filtersOf(search), [search]);
  const project = useProject(projectId).data;
  const query = useDocument(editor, saving, project, imageId, filters);
  const image = query.data?.image;
  const { picture, failed, retry } = usePicture(image?.file_url);
  const [sheet, setSheet] = useState(false);
  const desk = useDesk({ editor, projectId, imageId, saving, neighbours: image, setSheet });
  useKeys(editor, desk);
  useEffect(() => {
    const title = document.title;
    if (image) document.title = `${image.name} · Glyphsmith`;
    return () => {
      document.title = title;
    };
  }, [image]);
  const late = useLateness(!picture && !failed, 500);
  if (query.error instanceof ApiError && query.error.status === 404) return <NotFound what="image" />;
  if (query.error && !image) throw query.error;
  return (
    <div className={classes.page} data-fill>
      <div className={classes.desk}>
        <div className={classes.stage}>
          <EditorStage editor={editor} picture={picture} />
          {late && !failed && (
            <Loader className={classes.loading} color="gray" aria-label="Loading the picture" />
          )}
          {failed && <Failed retry={retry} reason={query.error ? sentence(query.error) : null} />}
          {picture && <Hint editor={editor} unused={project?.counts.regions === 0} />}
        </div>
        <Rail editor={editor} saving={saving} picture={picture} project={project} />
      </div>
      <Footer editor={editor} saving={saving} image={image} desk={desk} projectId={projectId} />
      <ShortcutsSheet opened={sheet} close={() => setSheet(false)} />
    </div>
  );
}

function Failed({ retry, reason }: { retry: () => void; reason: string | null }) {
  return (
    <div className={classes.failed} role="alert">
      <p>{reason ?? 'The picture could not be fetched.'}</p>
      <Button variant="default" onClick={retry}>
        Try again
      </Button>
    </div>
  );
}

interface DeskProps extends Props {
  editor: Editor;
  neighbours: { previous: string | null; next: string | null } | undefined;
  setSheet: (change: (shown: boolean) => boolean) => void;
}

/** What the editor's acts do outside the document. */
function useDesk({ editor, projectId, imageId, saving, neighbours, setSheet }: DeskProps): Desk {
  const navigate = useNavigate();
  const [search] = useSearchParams();
  const go = useCallback(
    (direction: 'next' | 'previous') => {
      saving.queue.flush();
      const to = neighbours?.[direction];
      const filter = search.size > 0 ? `?${search}` : '';
      if (to) navigate(`/projects/${projectId}/annotate/${to}${filter}`);
      else if (neighbours)
        showDone(direction === 'next' ? 'That was the last image.' : 'This is the first image.');
    },
    [navigate, neighbours, projectId, saving, search],
  );
  return useMemo<Desk>(() => {
    const mark = () => saving.queue.markOf(imageId);
    return {
      go,
      review: () => {
        if (mark() && mark()?.state !== 'reviewed') saving.queue.review(imageId, 'reviewed');
      },
      toggleReviewed: () => {
        const back = editor.state.regions.size > 0 ? 'annotated' : 'todo';
        if (mark()) saving.queue.review(imageId, mark()?.state === 'reviewed' ? back : 'reviewed');
      },
      toggleSheet: () => setSheet((shown) => !shown),
    };
  }, [editor, go, imageId, saving, setSheet]);
}
