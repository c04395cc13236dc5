import { ApiError, csrfToken, errorFrom, parseBody, withSignIn } from './client';

export interface UploadOptions {
  fields?: Record<string, string>;
  signal?: AbortSignal;
  /** Called with the share of bytes sent, 0 to 1. */
  onProgress?: (share: number) => void;
}

/** Sends one file as a form, with progress; fetch cannot report what it has sent, so this is an XMLHttpRequest. */
export function uploadFile<T>(path: string, file: File, options: UploadOptions = {}): Promise<T> {
  return withSignIn(path, () => sendFile<T>(path, file, options));
}

function sendFile<T>(path: string, file: File, options: UploadOptions): Promise<T> {
  return new Promise((resolve, reject) => {
    const form = new FormData();
    for (const [key, value] of Object.entries(options.fields ?? {})) form.append(key, value);
    form.append('file', file, file.name);
    const xhr = new XMLHttpRequest();
    xhr.open('POST', path);
    xhr.setRequestHeader('Accept', 'application/json');
    xhr.setRequestHeader('X-CSRFToken', csrfToken());
    xhr.upload.onprogress = (event) => {
      if (event.lengthComputable) options.onProgress?.(event.loaded / event.total);
    };
    xhr.onload = () => {
      const body = parseBody(xhr.responseText);
      if (xhr.status >= 200 && xhr.status < 300) resolve(body as T);
      else reject(errorFrom(xhr.status, body));
    };
    xhr.onerror = () =>
      reject(new ApiError('The server cannot be reached. Check your connection.', 0, 'offline'));
    xhr.onabort = () => reject(new DOMException('The upload was cancelled.', 'AbortError'));
    options.signal?.addEventListener('abort', () => xhr.abort());
    xhr.send(form);
  });
}
