/** A path of this site to go on to; an address of another site would hand the person over to a stranger. */
export function safeNext(next: string | null): string {
  if (!next?.startsWith('/') || next.startsWith('//') || next.includes('\\')) return '/';
  return next;
}
