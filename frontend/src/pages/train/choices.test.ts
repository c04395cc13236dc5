import { describe, expect, test } from 'vitest';
import type { Network } from '@/api/types';
import { lengthWords, sizeWords, startWords, towerOf, USUAL, withNetwork } from './choices';

const network = (change: Partial<Network> = {}): Network => ({
  key: 'crnn',
  name: 'CRNN',
  what: '',
  guidance: '',
  paper: '',
  papers: [],
  parameters: 8_752_996,
  default: false,
  starts: 'nothing',
  towers: [],
  most: 0,
  not_as: {},
  ...change,
});

describe('another network', () => {
  test('keeps what goes with it', () => {
    const chosen = { ...USUAL, tower: 'own', rectifier: 'tps', exports: ['litert'] } as const;
    const before = { ...chosen, exports: [...chosen.exports] };
    const next = withNetwork(before, network({ towers: ['pretrained', 'own'] }));
    expect(next).toEqual({ network: 'crnn', tower: 'own', rectifier: 'tps', exports: ['litert'] });
  });

  test('drops the tower and the exports that it has not', () => {
    const next = withNetwork(
      { network: null, tower: 'own', rectifier: null, exports: ['litert', 'savedmodel'] },
      network({ not_as: { litert: 'its loops have no fixed length.' } }),
    );
    expect(next).toEqual({ network: 'crnn', tower: null, rectifier: null, exports: ['savedmodel'] });
  });
});

test.each([
  [network(), null, null],
  [network({ towers: ['pretrained', 'own'] }), null, 'pretrained'],
  [network({ towers: ['pretrained', 'own'] }), 'own', 'own'],
] as const)('the tower it stands on %#', (given, tower, stands) => {
  expect(towerOf({ ...USUAL, tower }, given)).toBe(stands);
});

test.each([
  [network({ starts: 'pretrained' }), 'starts pretrained'],
  [
    network({ starts: 'tower', towers: ['pretrained'] }),
    'its tower starts pretrained, the rest from nothing',
  ],
  [network(), 'starts from nothing'],
  [network({ towers: ['own', 'pretrained'] }), 'starts from nothing; can stand on a pretrained tower'],
])('what it starts from %#', (given, said) => {
  expect(startWords(given)).toBe(said);
});

test.each([
  [0, 'texts of any length'],
  [1, 'single characters'],
  [25, 'texts of up to 25 characters'],
])('the longest text %#', (most, said) => {
  expect(lengthWords(network({ most }))).toBe(said);
});

test.each([
  [8_752_996, '8.8 million parameters'],
  [80_038, '80 thousand parameters'],
])('parameters %#', (parameters, said) => {
  expect(sizeWords(network({ parameters }))).toBe(said);
});
