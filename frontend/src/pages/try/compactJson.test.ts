import { expect, test } from 'vitest';
import { compactJson } from './compactJson';

test('lists of plain values take a line each, the rest is spread as usual', () => {
  expect(compactJson({ text: 'K 5', quad: [[0, 1.5]], characters: [['K', 0.99]], none: [] })).toBe(
    `{
  "text": "K 5",
  "quad": [
    [0, 1.5]
  ],
  "characters": [
    ["K", 0.99]
  ],
  "none": []
}`,
  );
});

test.each([
  [[['[', 0.5]]],
  [[['\n', 0.5]]],
  [
    {
      text: 'two  spaces, [\n and a bracket ]',
      characters: [
        ['"', 0.5],
        ['\\', 1],
        [' ', 1],
      ],
    },
  ],
])('what is written can be read back %#', (value) => {
  expect(JSON.parse(compactJson(value))).toEqual(value);
});
