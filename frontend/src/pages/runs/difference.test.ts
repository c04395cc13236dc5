import { expect, test } from 'vitest';
import { type Piece, pieces, truthBeside } from './difference';

/** Differing pieces in brackets. */
const marked = (parts: Piece[]) => parts.map(({ text, differs }) => (differs ? `[${text}]` : text)).join('');

test.each([
  ['KL55R2473', 'KL55R2473', 'KL55R2473', 'KL55R2473'],
  ['KL55R2473', 'KL55R2478', 'KL55R247[3]', 'KL55R247[8]'],
  ['DL8CX', 'DLCX', 'DL[8]CX', 'DLCX'],
  ['DLCX', 'DL8CX', 'DLCX', 'DL[8]CX'],
  ['', 'AB', '', '[AB]'],
  ['AB', '', '[AB]', ''],
  ['O0', '00', '[O]0', '0[0]'],
])('%s read as %s', (truth, reading, left, right) => {
  expect(pieces(truth, reading).map(marked)).toEqual([left, right]);
});

test.each([
  [['KL 55'], 'KL 55'],
  [['KL55', null], 'KL[ ]55'],
  [['KL55', 'KL 56'], 'KL[ ]5[5]'],
  [[null], 'KL 55'],
])('the truth beside the readings %j', (readings, said) => {
  expect(marked(truthBeside('KL 55', readings))).toBe(said);
});
