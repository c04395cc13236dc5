/** The save queue's requests in the words of the API. */

import { ApiError, api, sentence } from '@/api/client';
import type * as Server from '@/api/types';
import type { Region } from '@/editor/model';
import type { Request, Stored } from '@/editor/saving/plan';
import type { ImageMark, Reply, Transport } from '@/editor/saving/transport';

export function storedOf({ version, id, label, quad, text, origin, confidence }: Server.Region): Stored {
  return { version, region: { id, label, quad, text, origin, confidence } };
}

type Saved = { region?: Server.Region | null; image?: ImageMark };

function ask(imageId: string, regionId: string, request: Request): Promise<Saved> {
  const address = `/api/v1/regions/${regionId}`;
  if (request.kind === 'restore') return api.post<Saved>(`${address}/restore`);
  if (request.kind === 'remove') return api.delete<Saved>(address, { query: { version: request.version } });
  if (request.kind === 'change')
    return api.patch<Saved>(address, { ...request.fields, version: request.version });
  return api.post<Saved>(`/api/v1/images/${imageId}/regions`, createBody(request.region));
}

function createBody({ id, label, quad, text }: Region) {
  return { id, label, quad, text };
}

/** Worth another try as it is: no connection, a server that is starting or busy, too many requests. */
const passes = (status: number) => status === 0 || status === 429 || status >= 500;

/** Kept here and sent again: for a server that cannot be reached, and for one that can take nothing just now. */
function later(status: number): Extract<Reply, { kind: 'unreachable' }> {
  if (status === 507) return { kind: 'unreachable', why: 'full' };
  return status === 503 ? { kind: 'unreachable', why: 'busy' } : { kind: 'unreachable' };
}

function replyTo(error: unknown, request: Request): Reply {
  if (!(error instanceof ApiError)) return { kind: 'refused', message: sentence(error) };
  if (passes(error.status)) return later(error.status);
  if (error.status === 401) return { kind: 'signed-out' };
  const gone = error.status === 404 && request.kind !== 'create';
  if (gone) return { kind: 'conflict', stored: null };
  if (error.status === 409 && 'region' in error.detail) {
    const theirs = error.detail.region as Server.Region | null;
    return { kind: 'conflict', stored: theirs && storedOf(theirs) };
  }
  return { kind: 'refused', message: error.message };
}

function imageReplyTo(error: unknown): Exclude<Reply, { kind: 'done' }> {
  if (!(error instanceof ApiError)) return { kind: 'refused', message: sentence(error) };
  if (passes(error.status)) return later(error.status);
  if (error.status === 401) return { kind: 'signed-out' };
  if (error.status === 409)
    return { kind: 'stale', image: (error.detail.image as ImageMark | undefined) ?? null };
  return { kind: 'refused', message: error.message };
}

/** An image's own part of an answer that may hold more. */
export function markOf({ id, version, state, absent }: ImageMark): ImageMark {
  return { id, version, state, absent };
}

export const apiTransport: Transport = {
  async region(imageId, regionId, request) {
    try {
      const { region, image } = await ask(imageId, regionId, request);
      return { kind: 'done', stored: region ? storedOf(region) : null, image: image ?? null };
    } catch (error) {
      return replyTo(error, request);
    }
  },

  async image(imageId, wish, version) {
    try {
      const image = await api.patch<ImageMark>(`/api/v1/images/${imageId}`, { ...wish, version });
      return { kind: 'done', stored: null, image: markOf(image) };
    } catch (error) {
      return imageReplyTo(error);
    }
  },

  async look(imageId) {
    try {
      const image = await api.get<Server.FullImage>(`/api/v1/images/${imageId}`);
      return { kind: 'seen', mark: markOf(image), regions: image.regions.map(storedOf) };
    } catch (error) {
      return imageReplyTo(error);
    }
  },
};
