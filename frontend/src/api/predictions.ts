import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { api } from './client';
import type { AddedToProject, ApiKey, Id, Prediction, Usage } from './types';
import { uploadFile } from './upload';

export interface Question {
  file: File;
  /** Which version answers; none: the live one. */
  version: number | null;
}

/** Asks a version to read a picture. */
export function useAsk(projectId: Id) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: ({ file, version }: Question) => {
      const fields: Record<string, string> = { wait: '20' };
      if (version !== null) fields.version = String(version);
      return uploadFile<Prediction>(`/api/v1/projects/${projectId}/predictions`, file, { fields });
    },
    onSuccess: (prediction) => client.setQueryData(['prediction', prediction.id], prediction),
    meta: { quiet: true },
  });
}

export function usePrediction(id: Id | null) {
  return useQuery({
    queryKey: ['prediction', id],
    queryFn: () => api.get<Prediction>(`/api/v1/predictions/${id}`),
    enabled: id !== null,
    refetchInterval: (query) => (query.state.data?.state === 'waiting' ? 1_500 : false),
  });
}

export function useAddToProject() {
  return useMutation({
    mutationFn: (id: Id) => api.post<AddedToProject>(`/api/v1/predictions/${id}/add-to-project`),
  });
}

export function useUsage(projectId: Id) {
  return useQuery({
    queryKey: ['usage', projectId],
    queryFn: () => api.get<Usage>(`/api/v1/projects/${projectId}/usage`),
  });
}

const keysKey = ['keys'] as const;

export function useKeys() {
  return useQuery({ queryKey: keysKey, queryFn: () => api.get<ApiKey[]>('/api/v1/keys') });
}

export function useKeyActions() {
  const client = useQueryClient();
  const onSuccess = () => client.invalidateQueries({ queryKey: keysKey });
  const make = useMutation({
    mutationFn: (name: string) => api.post<ApiKey>('/api/v1/keys', { name }),
    onSuccess,
  });
  const revoke = useMutation({ mutationFn: (id: Id) => api.delete<void>(`/api/v1/keys/${id}`), onSuccess });
  const revokeAll = useMutation({
    mutationFn: () => api.delete<{ revoked: number }>('/api/v1/keys'),
    onSuccess,
  });
  return { make, revoke, revokeAll };
}
