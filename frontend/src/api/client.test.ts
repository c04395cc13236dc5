import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { ApiError, api, csrfToken, errorFrom, onExpiredSignIn, withQuery } from './client';

const answer = (status: number, body: unknown) =>
  new Response(body === null ? null : JSON.stringify(body), { status });

describe('errors', () => {
  test('the sentence of the server is kept, with fields and detail', () => {
    const body = {
      error: {
        code: 'taken',
        message: 'This name is taken.',
        fields: { name: ['Taken.'] },
        detail: { id: 1 },
      },
    };
    expect(errorFrom(400, body)).toMatchObject({
      message: 'This name is taken.',
      status: 400,
      code: 'taken',
      fields: { name: ['Taken.'] },
      detail: { id: 1 },
    });
  });

  test.each([
    [413, 'That file is too large.'],
    [502, 'The server cannot be reached at the moment.'],
    [500, 'The server answered with an error (500). Try again.'],
  ])('a %i without a sentence gets one', (status, said) => {
    expect(errorFrom(status, null).message).toBe(said);
  });
});

test.each([
  ['/a', { b: 1, c: '', d: null, e: undefined, f: false }, '/a?b=1&f=false'],
  ['/a?x=1', { b: 'ä & o' }, '/a?x=1&b=%C3%A4+%26+o'],
  ['/a', {}, '/a'],
])('%s with %j', (path, query, whole) => {
  expect(withQuery(path, query)).toBe(whole);
});

test('the CSRF token is found among other cookies', () => {
  expect(csrfToken('theme=dark; csrftoken=abc123; x=1')).toBe('abc123');
  expect(csrfToken('theme=dark')).toBe('');
});

describe('an expired sign-in', () => {
  const fetched = vi.fn<typeof fetch>();
  const expired = () => answer(401, { error: { code: 'not_authenticated', message: 'Sign in.' } });

  beforeEach(() => {
    fetched.mockReset();
    vi.stubGlobal('fetch', fetched);
  });
  afterEach(() => vi.unstubAllGlobals());

  test('holds the request until it is renewed, then sends it once more', async () => {
    const waiting: (() => void)[] = [];
    onExpiredSignIn(() => new Promise((resolve) => waiting.push(resolve)));
    fetched.mockResolvedValueOnce(expired()).mockResolvedValueOnce(answer(201, { id: 'a' }));
    const saved = api.post('/api/v1/projects/p/labels', { name: 'date' });
    await vi.waitFor(() => expect(waiting).toHaveLength(1));
    expect(fetched).toHaveBeenCalledTimes(1);
    waiting[0]?.();
    await expect(saved).resolves.toEqual({ id: 'a' });
    expect(fetched.mock.calls[1]?.[1]?.body).toBe('{"name":"date"}');
  });

  test('that nobody renews is told to the caller', async () => {
    onExpiredSignIn(() => Promise.reject(new Error('left')));
    fetched.mockResolvedValue(expired());
    await expect(api.get('/api/v1/projects')).rejects.toMatchObject({ status: 401, message: 'Sign in.' });
    expect(fetched).toHaveBeenCalledTimes(1);
  });

  test('is not what a wrong password at the sign-in is', async () => {
    onExpiredSignIn(() => Promise.reject(new Error('must not be asked')));
    fetched.mockResolvedValue(answer(401, { error: { message: 'The password does not fit.' } }));
    await expect(api.post('/api/v1/session/sign-in', {})).rejects.toThrow('The password does not fit.');
  });

  test('a connection that fails becomes a sentence', async () => {
    fetched.mockRejectedValue(new TypeError('Failed to fetch'));
    const error = await api.get('/api/v1/projects').catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(ApiError);
    expect(error).toMatchObject({ status: 0, code: 'offline' });
  });
});
