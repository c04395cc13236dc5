import type { Session } from '@/api/types';

const CONSEQUENCE = {
  default: 'imports, samples and mails wait',
  predict: 'nothing can be predicted',
  training: 'training waits',
} as const;

/** One sentence about every worker that is not alive, or null when all are. */
export function silentWorkers(workers: Session['workers']): string | null {
  const silent = (['default', 'predict', 'training'] as const).filter((kind) => !workers[kind]);
  if (silent.length === 0) return null;
  if (silent.length === 3) {
    return 'No worker is running: imports and training wait, and nothing can be predicted, until one is started.';
  }
  const subject =
    silent.length === 1 ? `The ${silent[0]} worker is` : `The ${silent.join(' and ')} workers are`;
  const back = silent.length === 1 ? 'it is' : 'they are';
  return `${subject} not running: ${silent.map((kind) => CONSEQUENCE[kind]).join(', ')} until ${back} back.`;
}

const DISK_SHORT =
  'The disk of the server is nearly full. Uploads, predictions and trainings are refused until there is room; ' +
  'what is there can be read, annotated and deleted.';

/** What on the server stands in the way of working, in a sentence; null where nothing does. */
export function obstacle({ disk_short, workers }: Pick<Session, 'disk_short' | 'workers'>): string | null {
  // A broker whose disk is full takes no heartbeats either: that the workers are silent is the lesser news then.
  return disk_short ? DISK_SHORT : silentWorkers(workers);
}
