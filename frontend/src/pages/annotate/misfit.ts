import { useDebouncedValue } from '@mantine/hooks';
import { useQuery } from '@tanstack/react-query';
import { unlike } from '@/api/projects';
import type { Label } from '@/editor/model';

const PAUSE = 300; // milliseconds without a key, after which a text is asked about

/**
 * Why a text is not what its label expects; null when it is. A hint, never a refusal: papers hold surprises.
 *
 * Patterns are compared by the server: its engine answers whatever the pattern, while a browser's can stand still.
 */
export function useMisfit(text: string, label: Label | undefined): string | null {
  const [settled] = useDebouncedValue(text, PAUSE);
  const unlisted =
    text !== '' && label !== undefined && label.words.length > 0 && !label.words.includes(text);
  const asked = useQuery({
    queryKey: ['unlike', label?.id, label?.pattern, settled],
    queryFn: () => unlike(label?.id ?? '', settled),
    enabled: Boolean(label?.pattern) && !unlisted && settled !== '' && settled === text,
    staleTime: Number.POSITIVE_INFINITY,
    retry: false,
  });
  if (unlisted) return `Not one of the words of ${label.name}.`;
  if (!label?.pattern || text === '' || settled !== text || !asked.data) return null;
  return `Does not look like ${label.name} (${label.pattern}).`;
}
