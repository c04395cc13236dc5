import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { api } from './client';
import type { Id, Label, Member, Project, Role } from './types';

export const projectsKey = ['projects'] as const;
export const projectKey = (id: Id) => ['project', id] as const;

const active = (project: Project | undefined) => project?.run != null;

export function useProjects() {
  return useQuery({
    queryKey: projectsKey,
    queryFn: () => api.get<Project[]>('/api/v1/projects'),
    refetchInterval: (query) => (query.state.data?.some(active) ? 3_000 : false),
  });
}

export function useProject(id: Id) {
  return useQuery({
    queryKey: projectKey(id),
    queryFn: () => api.get<Project>(`/api/v1/projects/${id}`),
    refetchInterval: (query) => (active(query.state.data) ? 2_000 : false),
  });
}

/** Run after anything that changes a project's counts, labels or state. */
export function useProjectChanged() {
  const client = useQueryClient();
  return (id: Id) => {
    void client.invalidateQueries({ queryKey: projectKey(id) });
    void client.invalidateQueries({ queryKey: projectsKey });
  };
}

export function useCreateProject() {
  const changed = useProjectChanged();
  return useMutation({
    mutationFn: (body: { name: string; labels?: string[] }) => api.post<Project>('/api/v1/projects', body),
    onSuccess: (project) => changed(project.id),
    meta: { quiet: true },
  });
}

export function useSampleProject() {
  const changed = useProjectChanged();
  return useMutation({
    mutationFn: () => api.post<Project>('/api/v1/projects/sample'),
    onSuccess: (project) => changed(project.id),
  });
}

export function useRenameProject(id: Id) {
  const changed = useProjectChanged();
  return useMutation({
    mutationFn: (name: string) => api.patch<Project>(`/api/v1/projects/${id}`, { name }),
    onSuccess: () => changed(id),
  });
}

export function useKeepPredictions(id: Id) {
  const changed = useProjectChanged();
  return useMutation({
    mutationFn: (prediction_days: number) =>
      api.patch<Project>(`/api/v1/projects/${id}`, { prediction_days }),
    onSuccess: () => changed(id),
  });
}

export const deleteProject = (id: Id) => api.delete<void>(`/api/v1/projects/${id}`);
export const restoreProject = (id: Id) => api.post<Project>(`/api/v1/projects/${id}/restore`);

export type LabelFields = Partial<Pick<Label, 'name' | 'colour' | 'pattern' | 'words'>>;

export function useLabelActions(projectId: Id) {
  const changed = useProjectChanged();
  const onSuccess = () => changed(projectId);
  const create = useMutation({
    mutationFn: (fields: LabelFields & { name: string }) =>
      api.post<Label>(`/api/v1/projects/${projectId}/labels`, fields),
    onSuccess,
    meta: { quiet: true },
  });
  const update = useMutation({
    mutationFn: ({ id, ...fields }: LabelFields & { id: Id }) =>
      api.patch<Label>(`/api/v1/labels/${id}`, fields),
    onSuccess,
    meta: { quiet: true },
  });
  const remove = useMutation({
    mutationFn: (id: Id) => api.delete<void>(`/api/v1/labels/${id}`),
    onSuccess,
  });
  return { create, update, remove };
}

let gathered: { label: Id; text: string; answer: (told: Promise<boolean>) => void }[] = [];

/** Whether a text is not as its label says. What is asked in one turn goes in one request a label. */
export function unlike(label: Id, text: string): Promise<boolean> {
  return new Promise((answer) => {
    if (gathered.length === 0) setTimeout(askUnlike);
    gathered.push({ label, text, answer });
  });
}

function askUnlike(): void {
  const asked = gathered;
  gathered = [];
  for (const label of new Set(asked.map((one) => one.label))) {
    const together = asked.filter((one) => one.label === label);
    const texts = together.map((one) => one.text);
    const told = api.post<{ unlike: boolean[] }>(`/api/v1/labels/${label}/unlike`, { texts });
    for (const [place, one] of together.entries()) {
      one.answer(told.then(({ unlike }) => unlike[place] ?? false));
    }
  }
}

const membersKey = (id: Id) => ['members', id] as const;

export function useMembers(projectId: Id) {
  return useQuery({
    queryKey: membersKey(projectId),
    queryFn: () => api.get<Member[]>(`/api/v1/projects/${projectId}/members`),
  });
}

export function useMemberActions(projectId: Id) {
  const client = useQueryClient();
  const onSuccess = () => client.invalidateQueries({ queryKey: membersKey(projectId) });
  const base = `/api/v1/projects/${projectId}/members`;
  const add = useMutation({
    mutationFn: (body: { email: string; role: Role }) => api.post<Member>(base, body),
    onSuccess,
    meta: { quiet: true },
  });
  const change = useMutation({
    mutationFn: ({ userId, role }: { userId: number; role: Role }) =>
      api.patch<Member>(`${base}/${userId}`, { role }),
    onSuccess,
  });
  const remove = useMutation({
    mutationFn: (userId: number) => api.delete<void>(`${base}/${userId}`),
    onSuccess,
  });
  return { add, change, remove };
}
