import { afterEach, expect, test, vi } from 'vitest';
import { apiTransport } from './transport';

afterEach(() => vi.unstubAllGlobals());

test.each([
  [507, { kind: 'unreachable', why: 'full' }],
  [503, { kind: 'unreachable', why: 'busy' }],
  [500, { kind: 'unreachable' }],
  [429, { kind: 'unreachable' }],
  [400, { kind: 'refused', message: 'No.' }],
])('after a %i a change is kept and sent again, or not', async (status, reply) => {
  const body = JSON.stringify({ error: { code: 'x', message: 'No.' } });
  vi.stubGlobal('fetch', async () => new Response(body, { status }));
  expect(await apiTransport.region('i', 'r', { kind: 'remove', version: 1 })).toEqual(reply);
});
