import type { Version } from '@/api/types';

/** The version that answers where none was chosen: the live one, and where none is live the newest. */
export function usualOf(versions: Version[] | undefined): { version: Version | undefined; live: boolean } {
  const live = versions?.find((one) => one.live);
  return { version: live ?? versions?.[0], live: live !== undefined };
}
