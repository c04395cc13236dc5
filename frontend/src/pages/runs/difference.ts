/** A piece of a text, and whether the other text has it differently. */
export interface Piece {
  text: string;
  differs: boolean;
}

/** How long the longest common subsequence of the ends of both texts is, for every pair of ends. */
function common(a: string[], b: string[]): number[][] {
  const table = Array.from({ length: a.length + 1 }, () => new Array<number>(b.length + 1).fill(0));
  for (let i = a.length - 1; i >= 0; i--) {
    for (let j = b.length - 1; j >= 0; j--) {
      const row = table[i] as number[];
      const below = table[i + 1] as number[];
      row[j] = a[i] === b[j] ? (below[j + 1] ?? 0) + 1 : Math.max(below[j] ?? 0, row[j + 1] ?? 0);
    }
  }
  return table;
}

function push(pieces: Piece[], text: string, differs: boolean): void {
  const last = pieces.at(-1);
  if (last?.differs === differs) last.text += text;
  else pieces.push({ text, differs });
}

/** The truth cut where any of the readings has it differently; null is a text that was not found. */
export function truthBeside(truth: string, readings: (string | null)[]): Piece[] {
  const marks = [...truth].map(() => false);
  for (const reading of readings) {
    if (reading === null || reading === truth) continue;
    const flags = pieces(truth, reading)[0].flatMap(({ text, differs }) => [...text].map(() => differs));
    flags.forEach((differs, place) => {
      if (differs) marks[place] = true;
    });
  }
  const found: Piece[] = [];
  [...truth].forEach((letter, place) => {
    push(found, letter, marks[place] ?? false);
  });
  return found;
}

/** Both texts cut into what they share and what they do not. */
export function pieces(truth: string, reading: string): [Piece[], Piece[]] {
  const a = [...truth];
  const b = [...reading];
  const table = common(a, b);
  const left: Piece[] = [];
  const right: Piece[] = [];
  let i = 0;
  let j = 0;
  while (i < a.length || j < b.length) {
    if (i < a.length && j < b.length && a[i] === b[j]) {
      push(left, a[i++] ?? '', false);
      push(right, b[j++] ?? '', false);
    } else if (j >= b.length || (i < a.length && (table[i + 1]?.[j] ?? 0) >= (table[i]?.[j + 1] ?? 0))) {
      push(left, a[i++] ?? '', true);
    } else {
      push(right, b[j++] ?? '', true);
    }
  }
  return [left, right];
}
