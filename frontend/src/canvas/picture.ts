/** Decoded pictures, the newest few of them kept so that going to the next image is immediate. */

import { useEffect, useState } from 'react';

const KEPT = 6;
const loading = new Map<string, Promise<HTMLImageElement>>();

export function loadPicture(url: string): Promise<HTMLImageElement> {
  const known = loading.get(url);
  if (known) return known;
  const picture = new Image();
  picture.src = url;
  const promise = picture.decode().then(() => picture);
  promise.catch(() => loading.delete(url));
  loading.set(url, promise);
  const oldest = loading.keys().next().value;
  if (loading.size > KEPT && oldest !== undefined) loading.delete(oldest);
  return promise;
}

type Shown = { url: string; picture: HTMLImageElement | null; failed: boolean };

/** The picture at an address; `failed` when it could not be fetched or decoded. */
export function usePicture(url: string | undefined): {
  picture: HTMLImageElement | null;
  failed: boolean;
  retry: () => void;
} {
  const [shown, setShown] = useState<Shown | null>(null);
  const [tries, setTries] = useState(0);
  // biome-ignore lint/correctness/useExhaustiveDependencies: a new try asks again for the same address
  useEffect(() => {
    if (!url) return;
    let wanted = true;
    loadPicture(url).then(
      (picture) => wanted && setShown({ url, picture, failed: false }),
      () => wanted && setShown({ url, picture: null, failed: true }),
    );
    return () => {
      wanted = false;
    };
  }, [url, tries]);
  const current = shown?.url === url ? shown : null;
  return {
    picture: current?.picture ?? null,
    failed: current?.failed ?? false,
    retry: () => setTries((count) => count + 1),
  };
}
