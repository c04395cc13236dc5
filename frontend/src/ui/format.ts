/** Numbers and times as people read them. */

export function percent(share: number, digits = 0): string {
  // 99.7 % must not become 100 %: only a full share is called full.
  const scale = 10 ** digits;
  const scaled = share * 100 * scale;
  const rounded = share < 1 ? Math.min(Math.round(scaled), 100 * scale - 1) : Math.round(scaled);
  return `${(rounded / scale).toFixed(digits)} %`;
}

export function plural(count: number, one: string, many = `${one}s`): string {
  return `${count.toLocaleString('en')} ${count === 1 ? one : many}`;
}

/** What an image is called: the page of its file with it, where that has several. Pages count from 0 at the server. */
export function imageName({ name, page, pages }: { name: string; page: number; pages: number }): string {
  return pages > 1 ? `${name}, page ${page + 1} of ${pages}` : name;
}

export function duration(seconds: number): string {
  const whole = Math.max(0, Math.round(seconds));
  if (whole < 60) return `${whole} s`;
  const minutes = Math.floor(whole / 60);
  if (minutes < 60) return `${minutes} min ${String(whole % 60).padStart(2, '0')} s`;
  return `${Math.floor(minutes / 60)} h ${String(minutes % 60).padStart(2, '0')} min`;
}

/** Time still to wait: rough on purpose, as it is a guess. */
export function timeLeft(seconds: number): string {
  if (seconds < 50) return 'less than a minute left';
  const minutes = Math.round(seconds / 60);
  if (minutes < 90) return `about ${plural(minutes, 'minute')} left`;
  return `about ${plural(Math.round(minutes / 60), 'hour')} left`;
}

/** "2 to 10 minutes": what a person can plan with, however long it is. */
export function minutesRange(low: number, high: number): string {
  const [unit, size] = high >= 120 ? ['hour', 60] : ['minute', 1];
  const [least, most] = [low, high].map((minutes) => Math.max(1, Math.round(minutes / Number(size))));
  return least === most
    ? plural(Number(most), String(unit))
    : `${least} to ${plural(Number(most), String(unit))}`;
}

export function bytes(count: number): string {
  if (count < 1000) return `${count} B`;
  if (count < 1_000_000) return `${Math.round(count / 1000)} kB`;
  if (count < 1_000_000_000) return `${(count / 1_000_000).toFixed(1)} MB`;
  return `${(count / 1_000_000_000).toFixed(1)} GB`;
}

const UNITS: [Intl.RelativeTimeFormatUnit, number][] = [
  ['year', 31_536_000],
  ['month', 2_592_000],
  ['week', 604_800],
  ['day', 86_400],
  ['hour', 3_600],
  ['minute', 60],
];

/** "3 hours ago", "yesterday", "just now". */
export function ago(time: string, now: number = Date.now()): string {
  const seconds = (new Date(time).getTime() - now) / 1000;
  const relative = new Intl.RelativeTimeFormat('en', { numeric: 'auto' });
  for (const [unit, size] of UNITS) {
    if (Math.abs(seconds) >= size) return relative.format(Math.trunc(seconds / size), unit);
  }
  return 'just now';
}

export function dateTime(time: string): string {
  return new Date(time).toLocaleString('en-GB', {
    day: 'numeric',
    month: 'short',
    year: 'numeric',
    hour: '2-digit',
    minute: '2-digit',
  });
}
