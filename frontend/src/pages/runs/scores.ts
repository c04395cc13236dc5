import type { Evaluation, FinderScores, Range, Rate, Run, Scores } from '@/api/types';
import { percent } from '@/ui/format';

/** "89–100 %" */
export function rangeWords([low, high]: Range): string {
  return `${Math.round(low * 100)}–${Math.round(high * 100)} %`;
}

export interface Cell {
  name: string;
  value: string;
  /** "45 of 46" */
  counted?: string;
  /** Where it likely lies. */
  range?: string;
}

const NOTHING = '–';

function shareCell(name: string, share: number, right: number, of: number, range?: Range): Cell {
  if (of === 0) return { name, value: NOTHING };
  return { name, value: percent(share), counted: `${right} of ${of}`, range: range && rangeWords(range) };
}

const rateCell = (name: string, { share, right, of, low, high }: Rate) =>
  shareCell(name, share, right, of, [low, high]);

function f1Cell(name: string, fields: FinderScores | null | undefined): Cell {
  if (!fields || fields.regions + fields.found === 0) return { name, value: NOTHING };
  return { name, value: percent(fields.f1), range: fields.f1_range && rangeWords(fields.f1_range) };
}

/** One label's numbers in the order of the way: found, read where it is marked, found and read. */
export function cellsOf({ finder, reading, end_to_end, fields }: Scores): Cell[] {
  const { matched, regions, found, recall, precision } = finder;
  return [
    shareCell('Found', recall, matched, regions, finder.recall_range),
    shareCell('Precision', precision, matched, found, finder.precision_range),
    rateCell('Exact, region given', reading.exact),
    rateCell('Exact, end to end', end_to_end.exact),
    { name: 'Characters wrong', value: end_to_end.exact.of ? percent(end_to_end.cer, 1) : NOTHING },
    f1Cell('F1, end to end', fields),
  ];
}

export interface ScoreRow {
  name: string;
  cells: Cell[];
}

/** A row a label; several labels have all of them below. What no row has a number for is left out. */
export function rowsOf({ labels, overall }: Evaluation): ScoreRow[] {
  const rows = Object.entries(labels).map(([name, scores]) => ({ name, cells: cellsOf(scores) }));
  if (rows.length > 1) rows.push({ name: 'All', cells: cellsOf(overall) });
  const known = (place: number) => rows.some(({ cells }) => cells[place]?.value !== NOTHING);
  return rows.map(({ name, cells }) => ({ name, cells: cells.filter((_, place) => known(place)) }));
}

/** The version's note; of a version that was live and no longer is, the note says why it went live. */
export function noteOf({ live, note }: NonNullable<Run['version']>): string {
  return live ? note : note.replace(/^Live: /, 'It went live when it was made: ');
}

/** Whether a version was held back when it was made, and nobody has made it live since. */
export function heldBack({ live, note }: NonNullable<Run['version']>): boolean {
  return !live && note.startsWith('Not live: ');
}
