import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { api } from './client';
import type { Comparison, ComparisonLine, ComparisonState, Id } from './types';

const listKey = (projectId: Id) => ['comparisons', projectId] as const;
const comparisonKey = (id: Id) => ['comparison', id] as const;

export const isMeasured = (state: ComparisonState) => state === 'done' || state === 'failed';

export function useComparisons(projectId: Id) {
  return useQuery({
    queryKey: listKey(projectId),
    queryFn: () => api.get<ComparisonLine[]>(`/api/v1/projects/${projectId}/comparisons`),
  });
}

export function useComparison(id: Id) {
  return useQuery({
    queryKey: comparisonKey(id),
    queryFn: () => api.get<Comparison>(`/api/v1/comparisons/${id}`),
    refetchInterval: ({ state: { data } }) => (data && !isMeasured(data.state) ? 1_000 : false),
  });
}

/** Has versions measured on the images that all of them held out; what was measured before is the answer at once. */
export function useCompare(projectId: Id) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (versions: Id[]) =>
      api.post<Comparison>(`/api/v1/projects/${projectId}/comparisons`, { versions }),
    onSuccess: (comparison) => {
      client.setQueryData(comparisonKey(comparison.id), comparison);
      void client.invalidateQueries({ queryKey: listKey(projectId) });
    },
    meta: { quiet: true },
  });
}
