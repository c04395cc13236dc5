/** One door to the server: JSON in and out, errors as sentences, an expired sign-in waited out. */

export class ApiError extends Error {
  constructor(
    message: string,
    readonly status: number,
    readonly code: string,
    readonly fields: Record<string, string[]> = {},
    readonly detail: Record<string, unknown> = {},
  ) {
    super(message);
    this.name = 'ApiError';
  }
}

export type Query = Record<string, string | number | boolean | null | undefined>;

export interface RequestOptions {
  query?: Query;
  body?: unknown;
  signal?: AbortSignal;
}

/** Resolves once the person has signed in again; rejects when there was nobody signed in. */
type SignInAgain = () => Promise<void>;
let signInAgain: SignInAgain = () => Promise.reject(new Error('nobody was signed in'));

export function onExpiredSignIn(handler: SignInAgain): void {
  signInAgain = handler;
}

export function csrfToken(cookies: string = document.cookie): string {
  const found = cookies.split('; ').find((part) => part.startsWith('csrftoken='));
  return found ? decodeURIComponent(found.slice('csrftoken='.length)) : '';
}

export function withQuery(path: string, query: Query = {}): string {
  const search = new URLSearchParams();
  for (const [key, value] of Object.entries(query)) {
    if (value !== undefined && value !== null && value !== '') search.set(key, String(value));
  }
  const text = search.toString();
  return text ? `${path}${path.includes('?') ? '&' : '?'}${text}` : path;
}

const SENTENCES: Record<number, string> = {
  401: 'You are signed out. Sign in again.',
  403: 'You are not allowed to do that.',
  404: 'That does not exist, or is not shared with you.',
  409: 'Somebody else changed this in the meantime. Reload to see the newest state.',
  413: 'That file is too large.',
  415: 'That kind of file is not understood.',
  429: 'That was too often. Wait a moment and try again.',
  502: 'The server cannot be reached at the moment.',
  503: 'The server cannot do that at the moment.',
  507: "The server's disk is nearly full. Nothing was stored.",
};

/** The error of an answer, whether the server phrased it or something in between did. */
export function errorFrom(status: number, body: unknown): ApiError {
  const error = (body as { error?: Record<string, unknown> } | null)?.error ?? {};
  const message =
    typeof error.message === 'string' && error.message
      ? error.message
      : (SENTENCES[status] ?? `The server answered with an error (${status}). Try again.`);
  return new ApiError(
    message,
    status,
    typeof error.code === 'string' ? error.code : `http_${status}`,
    (error.fields ?? {}) as Record<string, string[]>,
    (error.detail ?? {}) as Record<string, unknown>,
  );
}

export function parseBody(text: string): unknown {
  if (!text) return null;
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

/** Runs a call; when it fails because the sign-in ran out, waits for a new one and runs it once more. */
export async function withSignIn<T>(path: string, call: () => Promise<T>): Promise<T> {
  try {
    return await call();
  } catch (error) {
    const expired = error instanceof ApiError && error.status === 401 && !path.startsWith('/api/v1/session');
    if (!expired) throw error;
    await signInAgain().catch(() => {
      throw error;
    });
    return call();
  }
}

async function send<T>(method: string, path: string, { query, body, signal }: RequestOptions): Promise<T> {
  const form = body instanceof FormData;
  const headers: Record<string, string> = { Accept: 'application/json' };
  if (method !== 'GET') headers['X-CSRFToken'] = csrfToken();
  if (body !== undefined && !form) headers['Content-Type'] = 'application/json';
  let response: Response;
  try {
    response = await fetch(withQuery(path, query), {
      method,
      headers,
      credentials: 'same-origin',
      signal,
      body: body === undefined ? undefined : form ? body : JSON.stringify(body),
    });
  } catch (error) {
    if (error instanceof DOMException && error.name === 'AbortError') throw error;
    throw new ApiError('The server cannot be reached. Check your connection.', 0, 'offline');
  }
  const parsed = parseBody(await response.text());
  if (!response.ok) throw errorFrom(response.status, parsed);
  return parsed as T;
}

function request<T>(method: string, path: string, options: RequestOptions = {}): Promise<T> {
  return withSignIn(path, () => send<T>(method, path, options));
}

export const api = {
  get: <T>(path: string, options?: RequestOptions) => request<T>('GET', path, options),
  post: <T>(path: string, body?: unknown, options?: RequestOptions) =>
    request<T>('POST', path, { ...options, body: body ?? {} }),
  patch: <T>(path: string, body: unknown, options?: RequestOptions) =>
    request<T>('PATCH', path, { ...options, body }),
  delete: <T>(path: string, options?: RequestOptions) => request<T>('DELETE', path, options),
};

/** The sentence to show for whatever was thrown. */
export function sentence(error: unknown): string {
  if (error instanceof ApiError) return error.message;
  return 'Something unexpected happened. Try again; if it stays, reload the page.';
}
