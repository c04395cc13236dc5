/** Brings image, editor and save queue together: loading, changes from elsewhere, and every change on its way to be saved. */

import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useEffect } from 'react';
import type { Query } from '@/api/client';
import { useProjectChanged } from '@/api/projects';
import type { FullImage, Project } from '@/api/types';
import type { Editor } from '@/editor/editor';
import { showError } from '@/ui/toasts';
import { imageQuery, type Loaded, prefetch } from './imageData';
import type { Saving } from './saving';
import { markOf, storedOf } from './transport';

export function useDocument(
  editor: Editor,
  saving: Saving,
  project: Project | undefined,
  imageId: string,
  filters: Query,
) {
  const query = useQuery({ ...imageQuery(saving, imageId, filters), staleTime: 0 });
  const loaded = query.data;
  useEffect(() => {
    if (loaded?.image.id === imageId) show(editor, saving, loaded);
    // Until the next image is there nothing can be done to the one that was left.
    else if (editor.state.picture?.id !== imageId) editor.close();
  }, [editor, saving, loaded, imageId]);
  useSaved(editor, saving);
  useNews(editor, saving, project?.id ?? '');
  useLabels(editor, project, loaded);
  useNeighbours(saving, loaded?.image, filters);
  useEffect(() => () => editor.close(), [editor]);
  return query;
}

function show(editor: Editor, saving: Saving, { image, asOf }: Loaded): void {
  const regions = saving.queue.learn(markOf(image), image.regions.map(storedOf), asOf);
  const absent = saving.queue.markOf(image.id)?.absent ?? [];
  if (editor.state.picture?.id !== image.id) {
    editor.open({ id: image.id, width: image.width, height: image.height }, regions, absent);
    return;
  }
  editor.receiveAbsent(absent);
  const now = new Map(regions.map((region) => [region.id, region]));
  for (const id of new Set([...now.keys(), ...editor.state.regions.keys()]))
    editor.receive(id, now.get(id) ?? null);
}

function useSaved(editor: Editor, saving: Saving): void {
  useEffect(() => {
    editor.onChange = (changes, settled) => {
      const image = editor.state.picture?.id;
      if (!image) return;
      for (const { id, after } of changes) saving.queue.want(image, id, after, settled);
    };
    editor.onAbsent = (absent) => {
      const image = editor.state.picture?.id;
      if (image) saving.queue.sayAbsent(image, absent);
    };
    return () => {
      editor.onChange = () => {};
      editor.onAbsent = () => {};
    };
  }, [editor, saving]);
}

const COUNTS_AFTER = 1_500;

function useNews(editor: Editor, saving: Saving, projectId: string): void {
  const client = useQueryClient();
  const projectChanged = useProjectChanged();
  // biome-ignore lint/correctness/useExhaustiveDependencies: projectChanged is made anew at every drawing, and always the same
  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const stop = saving.hear({
      received: (image, id, region) => {
        if (image === editor.state.picture?.id) editor.receive(id, region);
      },
      marked: ({ id, state }) => {
        if (id === editor.state.picture?.id) editor.receiveAbsent(saving.queue.markOf(id)?.absent ?? []);
        // Reviewing accepts the image's suggestions: they have new versions now.
        if (state === 'reviewed') void client.invalidateQueries({ queryKey: ['image', id] });
        clearTimeout(timer);
        timer = setTimeout(() => projectChanged(projectId), COUNTS_AFTER);
      },
      stale: (image) => {
        void client.invalidateQueries({ queryKey: ['image', image] });
        showError('This image was changed elsewhere meanwhile. Look at it as it is now, then mark it again.');
      },
      unmarked: (_image, message) => showError(`The image was not marked. ${message}`),
    });
    return () => {
      stop();
      clearTimeout(timer);
      void client.invalidateQueries({ queryKey: ['images'] });
      projectChanged(projectId);
    };
  }, [client, editor, saving, projectId]);
}

function useLabels(editor: Editor, project: Project | undefined, loaded: Loaded | undefined): void {
  const labels = project?.labels;
  const role = project?.role;
  // biome-ignore lint/correctness/useExhaustiveDependencies: an image that was loaded may bring boxes without a label
  useEffect(() => {
    editor.setReadOnly(role === 'viewer');
    editor.setLabels(
      (labels ?? []).map((label) => ({ ...label, pattern: label.pattern ?? '', words: label.words ?? [] })),
    );
    const first = labels?.[0]?.id;
    if (!first) return;
    // Boxes drawn before the project had a label get the first one.
    const bare = editor.list.filter((region) => region.label === null);
    editor.change(
      { title: 'Label' },
      bare.map((before) => ({ id: before.id, before, after: { ...before, label: first } })),
    );
  }, [editor, labels, role, loaded]);
}

function useNeighbours(saving: Saving, image: FullImage | undefined, filters: Query): void {
  const client = useQueryClient();
  const next = image?.next;
  useEffect(() => {
    if (!next) return;
    // Not being able to look ahead is no error: the image is asked for again when it is opened.
    prefetch(client, saving, next, filters).catch(() => {});
  }, [client, saving, next, filters]);
}
