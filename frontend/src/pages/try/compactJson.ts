/** JSON with a line for each list of plain values, such as a corner or a character with its confidence. */
export function compactJson(value: unknown): string {
  // A list that holds a string with a bracket stays as it is: it is told apart from lists of lists by its brackets.
  return JSON.stringify(value, null, 2).replace(/\[\n([^[\]{}]*?)\n\s*\]/g, (_, inside: string) => {
    const values = inside.split('\n').map((line) => line.trim());
    return `[${values.join(' ')}]`;
  });
}
