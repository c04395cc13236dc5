import type { ImportReport } from '@/api/types';
import { plural } from './format';

/** What the import did, in one sentence. */
export function summary({ imported, images, left_out_count }: ImportReport): string {
  const rows = `${plural(imported, 'row')} imported on ${plural(images, 'image')}`;
  return left_out_count === 0 ? `${rows}, none left out.` : `${rows}, ${left_out_count} left out.`;
}
