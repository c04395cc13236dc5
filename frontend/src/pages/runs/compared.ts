import type { ComparedVersion, ComparisonResult } from '@/api/types';
import { percent, plural } from '@/ui/format';
import { type Cell, rangeWords } from './scores';

/** What was not measured, and why; empty where nothing was left out. */
export function leftOut({ some_only, gone, skipped }: ComparisonResult): string {
  const told = [
    some_only > 0 && `${some_only} held out by only some of them`,
    gone > 0 && `${gone} deleted since`,
    skipped > 0 && `${skipped} that could not be opened`,
  ].filter(Boolean);
  return told.length > 0 ? `Left out: ${told.join(', ')}.` : '';
}

/** How many fields all, some and none of them read. */
export function outcome({ counts: { fields, all_right, some_right, none_right } }: ComparisonResult): string {
  if (all_right === fields) return `All of them read all ${plural(fields, 'field')} exactly.`;
  const told = [`all of them read ${all_right}`];
  if (some_right > 0) told.push(`only some of them read ${some_right}`);
  if (none_right > 0) told.push(`none of them reads ${none_right}`);
  return `Of ${plural(fields, 'field')}, ${told.join('; ')}.`;
}

function minutesWords(minutes: number | null): string {
  if (minutes === null) return '–';
  return minutes < 10 ? `${minutes.toFixed(1)} min` : `${Math.round(minutes)} min`;
}

export interface ComparedCell extends Cell {
  /** Smaller or larger than all others. */
  best?: boolean;
}

/** The cells of each version, the best of a column marked where the versions differ in it. */
export function comparedRows(versions: ComparedVersion[]): ComparedCell[][] {
  const rows = versions.map(cellsOf);
  const marks: [string, (version: ComparedVersion) => number][] = [
    ['Exact, whole pictures', ({ exact }) => exact.right],
    ['Exact, region given', ({ given_region }) => given_region.right],
    ['Characters wrong', ({ cer }) => -cer],
    ['Found where none is', ({ invented }) => -invented],
    ['Time a picture', ({ milliseconds }) => -Math.round(milliseconds)],
    ['Bundle', ({ megabytes }) => -megabytes],
    ['Training took', ({ minutes }) => -(minutes ?? Number.POSITIVE_INFINITY)],
  ];
  for (const [name, worth] of marks) {
    const worths = versions.map(worth);
    const best = Math.max(...worths);
    if (worths.every((one) => one === best)) continue;
    worths.forEach((one, place) => {
      const cell = rows[place]?.find((each) => each.name === name);
      if (cell && one === best) cell.best = true;
    });
  }
  return rows;
}

function cellsOf(version: ComparedVersion): ComparedCell[] {
  const { exact, given_region, cer, found, regions, invented, milliseconds, megabytes, minutes } = version;
  const rate = ({ share, right, of, low, high }: typeof exact) =>
    of === 0
      ? { value: '–' }
      : { value: percent(share), counted: `${right} of ${of}`, range: rangeWords([low, high]) };
  return [
    { name: 'Exact, whole pictures', ...rate(exact) },
    { name: 'Characters wrong', value: percent(cer, 1) },
    { name: 'Exact, region given', ...rate(given_region) },
    { name: 'Found', value: regions ? percent(found / regions) : '–', counted: `${found} of ${regions}` },
    { name: 'Found where none is', value: String(invented) },
    { name: 'Time a picture', value: `${Math.round(milliseconds)} ms` },
    { name: 'Bundle', value: `${megabytes.toFixed(1)} MB` },
    { name: 'Training took', value: minutesWords(minutes) },
  ];
}
