/** What the editor's acts do outside the document. */

import { useQueryClient } from '@tanstack/react-query';
import { useCallback, useEffect, useMemo, useRef } from 'react';
import { useLocation, useNavigate, useSearchParams } from 'react-router';
import { api } from '@/api/client';
import { projectKey } from '@/api/projects';
import type { Project } from '@/api/types';
import type { Desk } from '@/editor/acts';
import type { Editor } from '@/editor/editor';
import { showDone, showWay } from '@/ui/toasts';
import type { Saving } from './saving';
import { endOf, trailOf, whenSaved, withStep } from './walk';

interface Props {
  editor: Editor;
  projectId: string;
  imageId: string;
  saving: Saving;
  neighbours: { previous: string | null; next: string | null } | undefined;
  setSheet: (change: (shown: boolean) => boolean) => void;
  tell: (sentence: string) => void;
}

export function useDesk(props: Props): Desk & { goesBack: boolean } {
  const { editor, imageId, saving, setSheet, tell } = props;
  const { go, goesBack } = useWalk(props);
  return useMemo(() => {
    const mark = () => saving.queue.markOf(imageId);
    return {
      go,
      goesBack,
      tellMissing: () => {
        const { labels, missing } = editor.state;
        const names = labels.filter(({ id }) => missing.includes(id)).map(({ name }) => name);
        tell(`Still missing: ${names.join(', ')}. Draw it, or press X: it is not on this image.`);
      },
      review: () => {
        if (mark() && mark()?.state !== 'reviewed') saving.queue.review(imageId, 'reviewed');
      },
      toggleReviewed: () => {
        const { regions, absent } = editor.state;
        const back = regions.size + absent.length > 0 ? 'annotated' : 'todo';
        if (mark()) saving.queue.review(imageId, mark()?.state === 'reviewed' ? back : 'reviewed');
      },
      toggleSheet: () => setSheet((shown) => !shown),
    };
  }, [editor, go, goesBack, imageId, saving, setSheet, tell]);
}

function useWalk({ editor, projectId, imageId, saving, neighbours }: Props) {
  const navigate = useNavigate();
  const [search] = useSearchParams();
  const state: unknown = useLocation().state;
  const trail = useMemo(() => trailOf(state), [state]);
  const tellEnd = useEnd(projectId, imageId, saving);
  const go = useCallback(
    (direction: 'next' | 'previous') => {
      // What a key does from here on is not meant for a region of the image that is left.
      editor.select(null);
      saving.queue.flush();
      if (!neighbours) return;
      const back = direction === 'previous' ? trail.at(-1) : undefined;
      const to = back ?? neighbours[direction];
      const filter = search.size > 0 ? `?${search}` : '';
      const steps = direction === 'next' ? withStep(trail, imageId) : trail.slice(0, -1);
      if (to) navigate(`/projects/${projectId}/annotate/${to}${filter}`, { state: { trail: steps } });
      else if (direction === 'previous') showDone('This is the first image.');
      else void tellEnd();
    },
    [editor, imageId, navigate, neighbours, projectId, saving, search, tellEnd, trail],
  );
  return { go, goesBack: trail.length > 0 || Boolean(neighbours?.previous) };
}

/** Says what is left of the project, with a way there. */
function useEnd(projectId: string, imageId: string, saving: Saving): () => Promise<void> {
  const client = useQueryClient();
  const navigate = useNavigate();
  const here = useRef<string | null>(null);
  useEffect(() => {
    here.current = imageId;
    return () => {
      here.current = null;
    };
  }, [imageId]);
  return useCallback(async () => {
    await whenSaved(saving);
    const queryFn = () => api.get<Project>(`/api/v1/projects/${projectId}`);
    const { counts } = await client.fetchQuery({ queryKey: projectKey(projectId), queryFn, staleTime: 0 });
    if (here.current !== imageId) return;
    const { message, way } = endOf(counts, saving.queue.markOf(imageId)?.state);
    const address = way === 'train' ? 'train' : 'annotate';
    if (way === null) showDone(message);
    else
      showWay('end', message, way === 'train' ? 'Train' : 'Go on', () =>
        navigate(`/projects/${projectId}/${address}`),
      );
  }, [client, imageId, navigate, projectId, saving]);
}
