import { Button, Group, Text } from '@mantine/core';
import { useDisclosure, useHotkeys } from '@mantine/hooks';
import { IconPhotoPlus, IconPhotoSearch, IconUpload } from '@tabler/icons-react';
import { useCallback, useMemo, useState } from 'react';
import { useParams } from 'react-router';
import { sentence } from '@/api/client';
import { type ImageFilter, useDeleteImages, useImages } from '@/api/images';
import { useProject } from '@/api/projects';
import type { Image, Project } from '@/api/types';
import { DropOverlay } from '@/ui/DropOverlay';
import { EmptyState } from '@/ui/EmptyState';
import { plural } from '@/ui/format';
import { PageFrame } from '@/ui/PageFrame';
import { showUndo } from '@/ui/toasts';
import { uploadQueue } from '@/ui/uploads';
import { useDropTarget } from '@/ui/useDropTarget';
import { Filters } from './Filters';
import { ImageGrid } from './ImageGrid';
import { ImportDialog } from './ImportDialog';
import { SelectionBar } from './SelectionBar';
import { extend, NOTHING, toggle, within } from './selection';
import { Toolbar, UploadButton } from './Toolbar';
import { useImageFilter } from './useImageFilter';

export const isTable = ({ name }: { name: string }) => /\.(csv|tsv|json|jsonl|xml)$/i.test(name);

/** Pictures go to the upload queue; a table of annotations opens the import instead. */
function useIncoming(projectId: string) {
  const [importing, { open, close }] = useDisclosure();
  const [table, setTable] = useState<File | null>(null);
  const openImport = (file: File | null) => {
    setTable(file);
    open();
  };
  const receive = (files: File[]) => {
    const tables = files.filter(isTable);
    uploadQueue.add(
      projectId,
      files.filter((file) => !isTable(file)),
    );
    if (tables[0]) openImport(tables[0]);
  };
  return { importing, table, receive, openImport, close };
}

function useSelection(projectId: string, images: Image[] | undefined) {
  const [chosen, setSelection] = useState(NOTHING);
  const order = useMemo(() => (images ?? []).map(({ id }) => id), [images]);
  const selection = useMemo(() => within(chosen, order), [chosen, order]);
  const { remove, restore } = useDeleteImages(projectId);
  const select = useCallback(
    (id: string, range: boolean) =>
      setSelection((current) => (range ? extend(current, id, order) : toggle(current, id))),
    [order],
  );
  const clear = () => setSelection(NOTHING);
  const deleteSelected = () => {
    const ids = [...selection.ids];
    if (ids.length === 0) return;
    remove.mutate(ids, {
      onSuccess: () => showUndo(`${plural(ids.length, 'image')} deleted.`, () => restore.mutate(ids)),
    });
    clear();
  };
  useHotkeys([
    ['Escape', clear],
    ['Delete', deleteSelected],
    ['mod+A', () => setSelection({ ids: new Set(order), anchor: null })],
  ]);
  return { selection, select, clear, deleteSelected };
}

function NoImages({ project, onFiles }: { project: Project; onFiles: (files: File[]) => void }) {
  if (project.role === 'viewer') {
    return (
      <EmptyState title="No images yet">Nobody has uploaded an image to this project so far.</EmptyState>
    );
  }
  return (
    <EmptyState
      icon={<IconPhotoPlus size={40} stroke={1.25} />}
      title="Drop your images here"
      action={<UploadButton onFiles={onFiles} size="md" />}
    >
      Photos, scans, PDFs, whole folders or a ZIP. Twenty annotated images are enough to begin with; a hundred
      make a good model.
    </EmptyState>
  );
}

function NoMatch({ filter, onClear }: { filter: ImageFilter; onClear: () => void }) {
  return (
    <EmptyState
      icon={<IconPhotoSearch size={40} stroke={1.25} />}
      title={filter.state === 'todo' ? 'Nothing left to do' : 'No image fits'}
      action={
        <Button variant="default" onClick={onClear}>
          Show all images
        </Button>
      }
    >
      {filter.state === 'todo' ? 'Every image here is annotated.' : 'No image fits what you filter by.'}
    </EmptyState>
  );
}

export default function ImagesPage() {
  const { projectId = '' } = useParams();
  const { data: project } = useProject(projectId);
  const { filter, change, clear: clearFilter, active } = useImageFilter();
  const growing = project?.is_sample === true && project.counts.images < 40;
  const list = useImages(projectId, filter, growing ? 2_000 : false);
  const images = useMemo(() => list.data?.pages.flatMap((page) => page.results), [list.data]);
  const incoming = useIncoming(projectId);
  const { selection, select, clear, deleteSelected } = useSelection(projectId, images);
  const mayWrite = project !== undefined && project.role !== 'viewer';
  const over = useDropTarget(incoming.receive, mayWrite);
  const colours = useMemo(
    () => new Map(project?.labels.map(({ id, colour }) => [id, colour])),
    [project?.labels],
  );
  const { hasNextPage, isFetchingNextPage, fetchNextPage } = list;
  const onEnd = useCallback(() => {
    if (hasNextPage && !isFetchingNextPage) void fetchNextPage();
  }, [hasNextPage, isFetchingNextPage, fetchNextPage]);

  const empty = images?.length === 0 && !list.isFetching;
  return (
    <PageFrame
      title="Images"
      actions={
        project && (
          <Toolbar project={project} onFiles={incoming.receive} onImport={() => incoming.openImport(null)} />
        )
      }
    >
      {list.isError && !images ? (
        <EmptyState title="The images could not be loaded">{sentence(list.error)}</EmptyState>
      ) : (
        <>
          {(active || !empty) && (
            <Filters key={String(active)} project={project} filter={filter} onChange={change} />
          )}
          {filter.ids && (
            <Group gap="xs" mb="md">
              <Text size="sm">Only the images that the data check points at are shown.</Text>
              <Button size="compact-sm" variant="subtle" onClick={clearFilter}>
                Show all
              </Button>
            </Group>
          )}
          {empty && project ? (
            active ? (
              <NoMatch filter={filter} onClear={clearFilter} />
            ) : (
              <NoImages project={project} onFiles={incoming.receive} />
            )
          ) : (
            <ImageGrid
              images={images}
              projectId={projectId}
              colours={colours}
              selection={selection}
              onSelect={select}
              onEnd={onEnd}
            />
          )}
        </>
      )}
      {selection.ids.size > 0 && mayWrite && (
        <SelectionBar count={selection.ids.size} onDelete={deleteSelected} onClear={clear} />
      )}
      {over && <DropOverlay icon={<IconUpload size={40} stroke={1.5} />}>Drop to upload</DropOverlay>}
      <ImportDialog
        project={project}
        opened={incoming.importing}
        file={incoming.table}
        onClose={incoming.close}
      />
    </PageFrame>
  );
}
