import { useMutation, useQueryClient } from '@tanstack/react-query';
import { api } from './client';
import { sessionKey } from './session';
import type { NewPassword, Renewed, User } from './types';

export function useRename() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (name: string) => api.patch<User>('/api/v1/account', { name }),
    onSuccess: () => client.invalidateQueries({ queryKey: sessionKey }),
    meta: { quiet: true },
  });
}

export function useChangePassword() {
  return useMutation({
    mutationFn: (given: NewPassword) => api.post<Renewed>('/api/v1/account/password', given),
    meta: { quiet: true },
  });
}
