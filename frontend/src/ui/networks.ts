import type { ReadsWith } from '@/api/types';

export const TOWERS: Record<string, string> = {
  own: 'own tower',
  pretrained: 'pretrained tower',
};

export const RECTIFIERS: Record<string, string> = {
  affine: 'affine rectifier',
  projective: 'projective rectifier',
  tps: 'thin-plate spline',
};

/** "Attention OCR · pretrained tower · affine rectifier" */
export function readsWith({ name, tower, rectifier }: ReadsWith): string {
  return [name, tower && (TOWERS[tower] ?? tower), rectifier && (RECTIFIERS[rectifier] ?? rectifier)]
    .filter(Boolean)
    .join(' · ');
}
