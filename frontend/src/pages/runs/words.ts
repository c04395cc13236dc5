import { isOver } from '@/api/runs';
import type { ComparisonState, Epoch, Evaluation, Rate, Run, RunState, TrainEstimate } from '@/api/types';
import { minutesRange, percent, plural, timeLeft } from '@/ui/format';

export const STATE_WORDS: Record<RunState, string> = {
  queued: 'Queued',
  preparing: 'Preparing',
  training: 'Training',
  evaluating: 'Evaluating',
  exporting: 'Exporting',
  ready: 'Ready',
  failed: 'Failed',
  cancelled: 'Cancelled',
};

export const COMPARISON_WORDS: Record<ComparisonState, string> = {
  waiting: 'waiting',
  running: 'being measured',
  done: 'measured',
  failed: 'failed',
};

/** "v1, v2 and v4" */
export function versionList(numbers: number[]): string {
  const names = numbers.map((number) => `v${number}`);
  const last = names.at(-1) ?? '';
  return names.length > 1 ? `${names.slice(0, -1).join(', ')} and ${last}` : last;
}

/** "reads 43 of 46 held-out fields exactly (93 %, likely between 83 and 98 %)" */
export function rateSentence({ right, of, share, low, high }: Rate): string {
  if (of === 0) return 'was not measured: no held-out field has a text';
  const range = `likely between ${Math.round(low * 100)} and ${Math.round(high * 100)} %`;
  return `reads ${right} of ${plural(of, 'held-out field')} exactly (${percent(share)}, ${range})`;
}

const PARTS: Record<string, string> = {
  finder: 'Learning to find the fields',
  reader: 'Learning to read them',
};

/** What the run is doing at this moment. */
export function doing(run: Run): string {
  const { step, part, epoch, epochs, message } = run.progress;
  if (run.cancelling) return 'Stopping…';
  if (run.state === 'queued') {
    if (run.waits_for_room) {
      const kept = run.started_at ? ' What it has learned so far is kept.' : '';
      return `Waiting for room on the server's disk.${kept}`;
    }
    if (step === 'queued' && message) return message;
    const ahead = (run.queue_position ?? 1) - 1;
    return ahead > 0 ? `Waiting: ${plural(ahead, 'run')} before it.` : 'Waiting for the training worker.';
  }
  if (run.state === 'training' && part) {
    const place = epoch && epochs ? `, epoch ${epoch} of ${epochs}` : '';
    return `${PARTS[part] ?? part}${place}`;
  }
  return message || `${STATE_WORDS[run.state]}…`;
}

/**
 * How long a run still takes, as a range. Before an epoch is done its own speed tells nothing, so what was expected
 * stands; from then on the range narrows with what is done. Empty where nothing is known.
 */
export function leftOf(
  { state, progress }: Pick<Run, 'state' | 'progress'>,
  epochs: Pick<Epoch, 'epoch'>[],
  expected?: Pick<TrainEstimate, 'minutes_low' | 'minutes_high'>,
): string {
  const { fraction, seconds_left } = progress;
  if (state === 'queued') return '';
  if (!epochs.some(({ epoch }) => epoch > 0))
    return expected ? `${minutesRange(expected.minutes_low, expected.minutes_high)} in all` : '';
  if (typeof seconds_left !== 'number') return '';
  const open = 1 - (fraction ?? 0);
  const [low, high] = [seconds_left * (1 - open / 3), seconds_left * (1 + open)];
  return high < 90 ? timeLeft(high) : `${minutesRange(low / 60, high / 60)} left`;
}

export interface RunStep {
  state: RunState;
  word: string;
  /** Seconds spent in it; null when it has not begun. */
  seconds: number | null;
  current: boolean;
  done: boolean;
}

const WAY: RunState[] = ['queued', 'preparing', 'training', 'exporting', 'evaluating', 'ready'];

/** The run's way, step by step in the order it was gone, with the time each took. */
export function stepsOf(run: Run, now: number): RunStep[] {
  const entered = new Map(Object.entries(run.steps) as [RunState, string][]);
  if (!entered.has('queued')) entered.set('queued', run.created_at);
  const at = (state: RunState) => new Date(entered.get(state) ?? 0).getTime();
  const gone = [...entered.keys()].sort((a, b) => at(a) - at(b) || WAY.indexOf(a) - WAY.indexOf(b));
  const ahead = isOver(run.state) ? [] : WAY.filter((state) => !entered.has(state));
  const end = run.finished_at ? new Date(run.finished_at).getTime() : now;
  return [...gone, ...ahead].map((state, index) => {
    const begun = entered.has(state);
    const next = gone[index + 1];
    const until = next ? at(next) : end;
    const over = isOver(state);
    return {
      state,
      word: STATE_WORDS[state],
      seconds: begun && !over ? Math.max(0, (until - at(state)) / 1000) : null,
      current: state === run.state && !over,
      done: begun && (state !== run.state || state === 'ready'),
    };
  });
}

export interface BigNumber {
  name: string;
  value: string;
  note: string;
}

/** The three numbers of a finished run. */
export function finalNumbers({ overall }: Evaluation): BigNumber[] {
  const { exact, cer } = overall.end_to_end;
  const { matched, regions, found } = overall.finder;
  const beyond = found - matched;
  return [
    {
      name: 'Exact',
      value: exact.of ? percent(exact.share) : '–',
      note: exact.of
        ? `${exact.right} of ${exact.of} fields, found and read`
        : 'No held-out field has a text',
    },
    { name: 'Characters wrong', value: percent(cer, 1), note: 'Character error rate on whole pictures' },
    {
      name: 'Fields found',
      value: regions ? percent(matched / regions) : '–',
      note: `${matched} of ${regions}${beyond > 0 ? `, and ${beyond} where none is` : ''}`,
    },
  ];
}

/**
 * The same three while training goes on: on images kept aside within the training part, as measured last. The finder's
 * number stays while the reader learns. Null before anything was measured.
 */
export function liveNumbers(epochs: Epoch[]): BigNumber[] | null {
  const newest = (key: 'exact' | 'cer' | 'f1') =>
    epochs.findLast((epoch) => epoch[key] != null)?.[key] ?? null;
  const [exact, cer, f1] = [newest('exact'), newest('cer'), newest('f1')];
  if (exact === null && cer === null && f1 === null) return null;
  const shown = (value: number | null, digits = 0) => (value === null ? '–' : percent(value, digits));
  const note = (value: number | null) =>
    value === null ? 'Not measured yet' : 'So far, on images set aside';
  return [
    { name: 'Exact', value: shown(exact), note: note(exact) },
    { name: 'Characters wrong', value: shown(cer, 1), note: note(cer) },
    {
      name: 'Fields found',
      value: shown(f1),
      note: f1 === null ? note(f1) : 'F1 so far, on images set aside',
    },
  ];
}
