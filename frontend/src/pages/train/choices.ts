import type { Choices, ExportFormat, Network, Rectifier, Tower } from '@/api/types';

/** The recipe's own choices. */
export const USUAL: Choices = { network: null, tower: null, rectifier: null, exports: [] };

export const TOWERS: { key: Tower; name: string; says: string }[] = [
  {
    key: 'pretrained',
    name: 'Pretrained',
    says: 'All of PP-OCRv6 but its head, which sees what stands there: right for hundreds of crops.',
  },
  {
    key: 'own',
    name: 'Its own',
    says: 'Convolutions as in its paper, which start from nothing: they want thousands of crops.',
  },
];

export const RECTIFIERS: { key: Rectifier | null; name: string; says: string }[] = [
  { key: null, name: 'None', says: 'Crops are read as they were cut out: right for most pictures.' },
  { key: 'affine', name: 'Affine', says: 'Learns to turn, shift, stretch and slant crops that lie askew.' },
  {
    key: 'projective',
    name: 'Projective',
    says: 'Also learns to undo perspective, for texts seen from the side.',
  },
  {
    key: 'tps',
    name: 'Thin-plate spline',
    says: 'Also learns to straighten texts that are bent, such as on bottles or seals.',
  },
];

export const FORMATS: { key: ExportFormat; name: string; says: string }[] = [
  { key: 'litert', name: 'LiteRT', says: 'For phones and small devices.' },
  { key: 'savedmodel', name: 'SavedModel', says: 'For TensorFlow and TensorFlow Serving.' },
];

/** The choice of another network: what does not go with it is left out. */
export function withNetwork(before: Choices, network: Network): Choices {
  return {
    ...before,
    network: network.key,
    tower: before.tower !== null && network.towers.includes(before.tower) ? before.tower : null,
    exports: before.exports.filter((format) => network.not_as[format] === undefined),
  };
}

/** The tower it stands on when nothing is chosen: its usual one. */
export function towerOf({ tower }: Choices, network: Network): Tower | null {
  return tower ?? network.towers[0] ?? null;
}

export function startWords({ starts, towers }: Network): string {
  if (starts === 'pretrained') return 'starts pretrained';
  if (starts === 'tower') return 'its tower starts pretrained, the rest from nothing';
  return towers.includes('pretrained')
    ? 'starts from nothing; can stand on a pretrained tower'
    : 'starts from nothing';
}

export function lengthWords({ most }: Network): string {
  if (most === 0) return 'texts of any length';
  return most === 1 ? 'single characters' : `texts of up to ${most} characters`;
}

/** "3.0 million parameters" */
export function sizeWords({ parameters }: Network): string {
  if (parameters >= 1e6) return `${(parameters / 1e6).toFixed(1)} million parameters`;
  return `${Math.round(parameters / 1000)} thousand parameters`;
}
