import { expect, test } from 'vitest';
import { readsWith } from './networks';

test.each([
  [{ key: 'ppocr', name: 'PP-OCRv6', tower: null, rectifier: null }, 'PP-OCRv6'],
  [{ key: 'crnn', name: 'CRNN', tower: null, rectifier: 'tps' }, 'CRNN · thin-plate spline'],
  [
    { key: 'attention', name: 'Attention OCR', tower: 'pretrained', rectifier: 'affine' },
    'Attention OCR · pretrained tower · affine rectifier',
  ],
  [{ key: 'x', name: 'x', tower: 'leaning', rectifier: null }, 'x · leaning'],
])('what reads, in words %#', (network, said) => {
  expect(readsWith(network)).toBe(said);
});
