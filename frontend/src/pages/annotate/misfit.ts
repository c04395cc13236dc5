import type { Label } from '@/editor/model';

/** Why a text is not what its label expects; null when it is. A hint, never a refusal: papers hold surprises. */
export function misfit(
  text: string,
  { name, words, pattern }: Pick<Label, 'name' | 'words' | 'pattern'>,
): string | null {
  if (words.length > 0) return words.includes(text) ? null : `Not one of the words of ${name}.`;
  const whole = pattern ? wholeTextPattern(pattern) : null;
  return whole && !whole.test(text) ? `Does not look like ${name} (${pattern}).` : null;
}

/** Patterns are checked by the server; one that this browser cannot read hints at nothing. */
function wholeTextPattern(pattern: string): RegExp | null {
  try {
    return new RegExp(`^(?:${pattern})$`, 'u');
  } catch {
    return null;
  }
}
