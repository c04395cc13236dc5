import {
  keepPreviousData,
  useInfiniteQuery,
  useMutation,
  useQuery,
  useQueryClient,
} from '@tanstack/react-query';
import { api, type Query } from './client';
import { useProjectChanged } from './projects';
import type { DataCheck, Format, Id, Image, ImageState, Page } from './types';

export interface ImageFilter {
  state?: ImageState | '';
  search?: string;
  label?: Id;
  text?: string;
  /** Only these images: what a sentence of the data check points at. */
  ids?: string;
}

export const imagesKey = (projectId: Id) => ['images', projectId] as const;

/** The cursor inside the address of the next page. */
export function cursorOf(next: string | null): string | undefined {
  if (!next) return undefined;
  return new URL(next, 'http://here').searchParams.get('cursor') ?? undefined;
}

export function useImages(projectId: Id, filter: ImageFilter, refetchInterval: number | false = false) {
  return useInfiniteQuery({
    queryKey: [...imagesKey(projectId), filter],
    queryFn: ({ pageParam, signal }) =>
      api.get<Page<Image>>(`/api/v1/projects/${projectId}/images`, {
        query: { ...(filter as Query), cursor: pageParam, limit: 120 },
        signal,
      }),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (last) => cursorOf(last.next),
    placeholderData: keepPreviousData,
    refetchInterval,
  });
}

/** Run after images came, went or changed. */
export function useImagesChanged() {
  const client = useQueryClient();
  const projectChanged = useProjectChanged();
  return (projectId: Id) => {
    void client.invalidateQueries({ queryKey: imagesKey(projectId) });
    void client.invalidateQueries({ queryKey: ['check', projectId] });
    projectChanged(projectId);
  };
}

export function useDeleteImages(projectId: Id) {
  const changed = useImagesChanged();
  const remove = useMutation({
    mutationFn: (ids: Id[]) =>
      api.post<{ deleted: number }>(`/api/v1/projects/${projectId}/images/delete`, { ids }),
    onSettled: () => changed(projectId),
  });
  const restore = useMutation({
    mutationFn: (ids: Id[]) => api.post(`/api/v1/projects/${projectId}/images/restore`, { ids }),
    onSettled: () => changed(projectId),
  });
  return { remove, restore };
}

export function useFormats() {
  return useQuery({
    queryKey: ['formats'],
    queryFn: () => api.get<Format[]>('/api/v1/formats'),
    staleTime: Number.POSITIVE_INFINITY,
  });
}

export function useDataCheck(projectId: Id) {
  return useQuery({
    queryKey: ['check', projectId],
    queryFn: () => api.get<DataCheck>(`/api/v1/projects/${projectId}/check`),
    refetchInterval: (query) => (query.state.data?.state === 'checking' ? 1_000 : false),
  });
}
