import { MutationCache, QueryClient } from '@tanstack/react-query';
import { showError } from '@/ui/toasts';
import { ApiError, sentence } from './client';

/** Only what a second try can mend is tried again: a lost connection, a busy server. A full disk (507) is not. */
function worthRetrying(count: number, error: Error): boolean {
  const passing =
    error instanceof ApiError && (error.status === 0 || (error.status >= 502 && error.status !== 507));
  return passing && count < 2;
}

export const queryClient = new QueryClient({
  defaultOptions: {
    queries: { staleTime: 5_000, retry: worthRetrying, refetchOnWindowFocus: true },
    mutations: { networkMode: 'always' },
  },
  mutationCache: new MutationCache({
    // A mutation whose form shows its own errors says so with meta.quiet.
    onError: (error, _variables, _context, mutation) => {
      if (!mutation.meta?.quiet) showError(sentence(error));
    },
  }),
});
