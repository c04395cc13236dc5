import { Button, Loader } from '@mantine/core';
import { useCallback, useEffect, useMemo, useState } from 'react';
import { useSearchParams } from 'react-router';
import { ApiError, sentence } from '@/api/client';
import { useProject } from '@/api/projects';
import { EditorStage } from '@/canvas/EditorStage';
import { glide } from '@/canvas/glide';
import { usePicture } from '@/canvas/picture';
import { Editor } from '@/editor/editor';
import { NotFound } from '@/ui/ErrorPage';
import { newId } from '@/ui/ids';
import { useLateness } from '@/ui/useLateness';
import classes from './AnnotatePage.module.css';
import { Announcer, type Told } from './Announcer';
import { Footer } from './Footer';
import { Hint } from './Hint';
import { filtersOf } from './imageData';
import { Rail } from './Rail';
import { ShortcutsSheet } from './ShortcutsSheet';
import type { Saving } from './saving';
import { useSeveral } from './several';
import { useDesk } from './useDesk';
import { useDocument } from './useDocument';
import { useKeys } from './useKeys';

interface Props {
  projectId: string;
  imageId: string;
  saving: Saving;
}

const SILENT: Told = { sentence: '', turn: 0 };

function makeEditor(): Editor {
  const editor = new Editor(newId);
  editor.glide = glide;
  return editor;
}

/** The region that an address names, such as that of a miss, is selected once its image is there. */
function usePointedAt(editor: Editor, imageId: string | undefined, region: string | null) {
  useEffect(() => {
    if (imageId && region && editor.state.regions.has(region)) editor.select(region);
  }, [editor, imageId, region]);
}

/** Stage, rail and footer around one editor, from image to image. */
export function Workbench({ projectId, imageId, saving }: Props) {
  const [editor] = useState(makeEditor);
  const [search] = useSearchParams();
  const filters = useMemo(() => filtersOf(search), [search]);
  const project = useProject(projectId).data;
  const query = useDocument(editor, saving, project, imageId, filters);
  const image = query.data?.image;
  usePointedAt(editor, image?.id, search.get('region'));
  const { picture, failed, retry } = usePicture(image?.file_url);
  const [sheet, setSheet] = useState(false);
  const [told, setTold] = useState<Told>(SILENT);
  const tell = useCallback((sentence: string) => setTold(({ turn }) => ({ sentence, turn: turn + 1 })), []);
  // biome-ignore lint/correctness/useExhaustiveDependencies: what was said is about the image that was left
  useEffect(() => setTold(SILENT), [imageId]);
  const desk = useDesk({ editor, projectId, imageId, saving, neighbours: image, setSheet, tell });
  useSeveral(editor, projectId);
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
      <h1 className="visually-hidden">{image ? `Annotate ${image.name}` : 'Annotate'}</h1>
      <Announcer editor={editor} told={told} />
      <div className={classes.desk}>
        <div className={classes.stage}>
          <EditorStage editor={editor} picture={picture} />
          {late && !failed && (
            <Loader className={classes.loading} color="gray" aria-label="Loading the picture" />
          )}
          {failed && <Failed retry={retry} reason={query.error ? sentence(query.error) : null} />}
          {picture && <Hint editor={editor} unused={project?.counts.regions === 0} />}
        </div>
        <Rail editor={editor} saving={saving} picture={picture} project={project} asked={told.turn} />
      </div>
      <Footer
        editor={editor}
        saving={saving}
        image={image}
        desk={desk}
        projectId={projectId}
        todo={filters.state === 'todo'}
      />
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
