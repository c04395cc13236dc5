import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { api } from './client';
import { useProjectChanged } from './projects';
import type {
  Choices,
  Epoch,
  Evaluation,
  Id,
  Look,
  Network,
  Run,
  RunState,
  Tower,
  TrainEstimate,
  Version,
} from './types';

const ENDED: RunState[] = ['ready', 'failed', 'cancelled'];
export const isOver = (state: RunState) => ENDED.includes(state);
const whileActive = (run: Run | undefined) => (run && !isOver(run.state) ? 1_500 : false);

const runsKey = (projectId: Id) => ['runs', projectId] as const;
const runKey = (id: Id) => ['run', id] as const;

export function useRuns(projectId: Id) {
  return useQuery({
    queryKey: runsKey(projectId),
    queryFn: () => api.get<Run[]>(`/api/v1/projects/${projectId}/runs`),
    refetchInterval: (query) => (query.state.data?.some((run) => !isOver(run.state)) ? 2_000 : false),
  });
}

export function useRun(id: Id) {
  return useQuery({
    queryKey: runKey(id),
    queryFn: () => api.get<Run>(`/api/v1/runs/${id}`),
    refetchInterval: (query) => whileActive(query.state.data),
  });
}

export function useEpochs(run: Run | undefined) {
  return useQuery({
    // The state is part of the key: the last epochs are asked for once more when the run has ended.
    queryKey: ['epochs', run?.id, run !== undefined && isOver(run.state)],
    queryFn: () => api.get<Epoch[]>(`/api/v1/runs/${run?.id}/epochs`),
    enabled: run !== undefined && run.state !== 'queued',
    placeholderData: (before) => before,
    refetchInterval: whileActive(run),
  });
}

export function useLog(run: Run, enabled: boolean) {
  return useQuery({
    queryKey: ['log', run.id, isOver(run.state)],
    queryFn: () => api.get<{ text: string }>(`/api/v1/runs/${run.id}/log`),
    enabled,
    placeholderData: (before) => before,
    refetchInterval: whileActive(run),
  });
}

export function useEvaluation(runId: Id, enabled: boolean) {
  return useQuery({
    queryKey: ['evaluation', runId],
    queryFn: () => api.get<Evaluation>(`/api/v1/runs/${runId}/evaluation`),
    enabled,
    staleTime: Number.POSITIVE_INFINITY,
  });
}

/** What the network looked at; asked for once the run is over. */
export function useLooks(runId: Id, enabled: boolean) {
  return useQuery({
    queryKey: ['looks', runId],
    queryFn: () => api.get<Look[]>(`/api/v1/runs/${runId}/looks`),
    enabled,
    staleTime: Number.POSITIVE_INFINITY,
  });
}

export function useNetworks() {
  return useQuery({
    queryKey: ['networks'],
    queryFn: () => api.get<Network[]>('/api/v1/networks'),
    staleTime: Number.POSITIVE_INFINITY,
  });
}

/** What training a network would take; of none named, the default one. */
export function useEstimate(projectId: Id, network: string | null, tower: Tower | null) {
  return useQuery({
    queryKey: ['estimate', projectId, network, tower],
    queryFn: () =>
      api.get<TrainEstimate>(`/api/v1/projects/${projectId}/train-estimate`, { query: { network, tower } }),
    enabled: projectId !== '',
    placeholderData: (before) => before,
  });
}

export function useVersions(projectId: Id) {
  return useQuery({
    queryKey: ['versions', projectId],
    queryFn: () => api.get<Version[]>(`/api/v1/projects/${projectId}/versions`),
  });
}

/** Run after a run started, ended or went live. */
function useRunsChanged() {
  const client = useQueryClient();
  const projectChanged = useProjectChanged();
  return (projectId: Id) => {
    void client.invalidateQueries({ queryKey: runsKey(projectId) });
    void client.invalidateQueries({ queryKey: ['versions', projectId] });
    projectChanged(projectId);
  };
}

export function useStartRun(projectId: Id) {
  const changed = useRunsChanged();
  return useMutation({
    mutationFn: ({ network, ...options }: Choices) =>
      api.post<Run>(`/api/v1/projects/${projectId}/runs`, { network, options }),
    onSuccess: () => changed(projectId),
    meta: { quiet: true },
  });
}

export function useCancelRun(projectId: Id) {
  const client = useQueryClient();
  const changed = useRunsChanged();
  return useMutation({
    mutationFn: (id: Id) => api.post<Run>(`/api/v1/runs/${id}/cancel`),
    onSuccess: (run) => {
      client.setQueryData(runKey(run.id), run);
      changed(projectId);
    },
  });
}

export function useMakeLive(projectId: Id, runId?: Id) {
  const client = useQueryClient();
  const changed = useRunsChanged();
  return useMutation({
    mutationFn: (versionId: Id) => api.post<Version>(`/api/v1/versions/${versionId}/make-live`),
    onSuccess: () => {
      changed(projectId);
      if (runId) void client.invalidateQueries({ queryKey: runKey(runId) });
    },
  });
}

export { useRunsChanged };
