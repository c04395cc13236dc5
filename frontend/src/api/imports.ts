import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { api } from './client';
import type { Id, Import } from './types';
import { uploadFile } from './upload';

const importKey = (id: Id | null) => ['import', id] as const;
const unfinishedKey = (projectId: Id | null) => ['imports', projectId] as const;

export const unfinished = (found: Import | undefined) =>
  found !== undefined && (found.state === 'waiting' || found.state === 'running');

export function useImport(id: Id | null) {
  return useQuery({
    queryKey: importKey(id),
    queryFn: () => api.get<Import>(`/api/v1/imports/${id}`),
    enabled: id !== null,
    refetchInterval: (query) => (unfinished(query.state.data) ? 1_000 : false),
  });
}

/** Those of a project that wait or run, whoever started them: also after the page was loaded anew. */
export function useUnfinishedImports(projectId: Id | null) {
  return useQuery({
    queryKey: unfinishedKey(projectId),
    queryFn: () =>
      api.get<Import[]>(`/api/v1/projects/${projectId}/imports`, { query: { unfinished: 'true' } }),
    enabled: projectId !== null,
    refetchInterval: (query) => (query.state.data?.length ? 3_000 : false),
  });
}

/** What was taken in by then stays. */
export function useCancelImport() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (id: Id) => api.post<Import>(`/api/v1/imports/${id}/cancel`),
    onSuccess: (ended) => client.setQueryData(importKey(ended.id), ended),
  });
}

export interface ImportOrder {
  file: File;
  format: string;
  label: string;
  /** The picture the boxes were drawn on: upright, or as the photo lies in its file. Not said: found out, and asked. */
  drawnOn?: 'upright' | 'file';
}

export function useStartImport(projectId: Id) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: ({ file, format, label, drawnOn }: ImportOrder) => {
      const fields: Record<string, string> = { format };
      if (label) fields.label = label;
      if (drawnOn) fields.drawn_on = drawnOn;
      return uploadFile<Import>(`/api/v1/projects/${projectId}/imports`, file, { fields });
    },
    onSuccess: (started) => {
      client.setQueryData(importKey(started.id), started);
      void client.invalidateQueries({ queryKey: unfinishedKey(projectId) });
    },
    meta: { quiet: true },
  });
}
