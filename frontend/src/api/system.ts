import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { api } from './client';
import type { Invitation, OutboxMail, Resident, SystemState } from './types';

export function useSystem() {
  return useQuery({
    queryKey: ['system'],
    queryFn: () => api.get<SystemState>('/api/v1/system'),
    refetchInterval: 5_000,
  });
}

export function useOutboxMail(name: string | null) {
  return useQuery({
    queryKey: ['outbox', name],
    queryFn: () => api.get<OutboxMail>(`/api/v1/system/outbox/${encodeURIComponent(name ?? '')}`),
    enabled: name !== null,
    staleTime: Number.POSITIVE_INFINITY,
  });
}

export function useInvite() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (email: string) => api.post<Invitation>('/api/v1/invitations', { email }),
    onSuccess: () => client.invalidateQueries({ queryKey: ['system'] }),
    meta: { quiet: true },
  });
}

export function useResidentActions() {
  const client = useQueryClient();
  const onSuccess = () => client.invalidateQueries({ queryKey: ['system'] });
  const shutOut = useMutation({
    mutationFn: ({ id, shut_out }: Pick<Resident, 'id' | 'shut_out'>) =>
      api.patch<Resident>(`/api/v1/people/${id}`, { shut_out }),
    onSuccess,
  });
  const revokeKeys = useMutation({
    mutationFn: (id: Resident['id']) => api.delete<Resident>(`/api/v1/people/${id}/keys`),
    onSuccess,
  });
  return { shutOut, revokeKeys };
}
