import { useMemo } from 'react';
import { useSearchParams } from 'react-router';
import type { ImageFilter } from '@/api/images';
import type { ImageState } from '@/api/types';

const KEYS = ['state', 'search', 'label', 'text', 'ids'] as const;

/** The list's filter, kept in the address so that it can be linked to and survives going back. */
export function useImageFilter() {
  const [search, setSearch] = useSearchParams();
  const filter = useMemo((): ImageFilter => {
    const found: ImageFilter = {};
    for (const key of KEYS) {
      const value = search.get(key);
      if (value) found[key] = value as ImageState & string;
    }
    return found;
  }, [search]);
  const change = (wanted: Partial<ImageFilter>) =>
    setSearch(
      (current) => {
        const next = new URLSearchParams(current);
        for (const [key, value] of Object.entries(wanted)) {
          if (value) next.set(key, value);
          else next.delete(key);
        }
        return next;
      },
      { replace: true },
    );
  return {
    filter,
    change,
    clear: () => setSearch({}, { replace: true }),
    active: Object.keys(filter).length > 0,
  };
}
