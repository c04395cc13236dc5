import { useQuery, useQueryClient } from '@tanstack/react-query';
import { create } from 'zustand';
import { api, onExpiredSignIn } from './client';
import type { Session } from './types';

export const sessionKey = ['session'] as const;

export function useSession() {
  return useQuery({
    queryKey: sessionKey,
    queryFn: () => api.get<Session>('/api/v1/session'),
    refetchInterval: 15_000,
    retry: 3,
  });
}

/** Forgets everything the last person saw and asks who is signed in now. */
export function useFreshSession() {
  const client = useQueryClient();
  return async () => {
    client.removeQueries({ predicate: (query) => query.queryKey[0] !== sessionKey[0] });
    await client.refetchQueries({ queryKey: sessionKey });
  };
}

interface Expiry {
  expired: boolean;
  waiting: { resolve: () => void; reject: (reason: Error) => void }[];
  expire: () => void;
  /** Everything that was held up by the expired sign-in goes on. */
  renewed: () => void;
  /** The person left instead of signing in again. */
  abandoned: () => void;
}

export const useExpiry = create<Expiry>((set, get) => ({
  expired: false,
  waiting: [],
  expire: () => set({ expired: true }),
  renewed: () => {
    const { waiting } = get();
    set({ expired: false, waiting: [] });
    for (const held of waiting) held.resolve();
  },
  abandoned: () => {
    const { waiting } = get();
    set({ expired: false, waiting: [] });
    for (const held of waiting) held.reject(new Error('The sign-in was not renewed.'));
  },
}));

/** From now on a request that meets an expired sign-in waits until the dialog has renewed it. */
export function holdRequestsWhileExpired(): void {
  onExpiredSignIn(
    () =>
      new Promise((resolve, reject) => {
        useExpiry.setState((state) => ({
          expired: true,
          waiting: [...state.waiting, { resolve, reject }],
        }));
      }),
  );
}
