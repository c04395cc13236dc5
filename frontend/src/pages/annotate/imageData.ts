/** Images as the annotation page asks for them, with the filters of the list they were opened from. */

import type { QueryClient } from '@tanstack/react-query';
import { api, type Query } from '@/api/client';
import type { FullImage, Image, Page } from '@/api/types';
import { loadPicture } from '@/canvas/picture';
import type { Saving } from './saving';

export interface Loaded {
  image: FullImage;
  /** The save queue's moment before the image was asked for. */
  asOf: number;
}

const FILTERS = ['state', 'label', 'search', 'text', 'ids', 'order'] as const;

export function filtersOf(search: URLSearchParams): Query {
  return Object.fromEntries(FILTERS.flatMap((name) => (search.has(name) ? [[name, search.get(name)]] : [])));
}

export function imageQuery(saving: Saving, imageId: string, filters: Query) {
  return {
    queryKey: ['image', imageId, filters] as const,
    queryFn: async (): Promise<Loaded> => {
      const asOf = saving.queue.moment();
      const image = await api.get<FullImage>(`/api/v1/images/${imageId}`, { query: filters });
      return { image, asOf };
    },
  };
}

/** The next image is fetched while this one is being typed. */
export async function prefetch(
  client: QueryClient,
  saving: Saving,
  imageId: string,
  filters: Query,
): Promise<void> {
  const loaded = await client.fetchQuery({ ...imageQuery(saving, imageId, filters), staleTime: 30_000 });
  await loadPicture(loaded.image.file_url);
}

export interface First {
  id: string;
  /** The filters that found it are walked. */
  filters: Query;
}

/** Where annotating begins: the first image to do, else the first. */
export async function firstImage(projectId: string, filters: Query): Promise<First | null> {
  const address = `/api/v1/projects/${projectId}/images`;
  // As they were uploaded, and so the pages of a document in their order.
  const todo = { order: 'oldest', ...filters, state: filters.state ?? 'todo' };
  for (const query of [todo, filters]) {
    const page = await api.get<Page<Image>>(address, { query: { ...query, limit: 1 } });
    const first = page.results[0];
    if (first) return { id: first.id, filters: query };
  }
  return null;
}
