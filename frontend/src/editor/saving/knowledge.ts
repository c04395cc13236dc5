/** What this tab knows of the server: regions with their versions, and the mark of each image. */

import { type Region, sameRegion } from '../model';
import { isStored, type Known, type Stored } from './plan';
import type { ImageMark } from './transport';

export class Knowledge {
  private readonly regions = new Map<string, Known>();
  /** When a region was last saved, on a clock of our own: an older listing of the image knows less than we do. */
  private readonly savedAt = new Map<string, number>();
  private readonly imageOf = new Map<string, string>();
  private readonly marks = new Map<string, ImageMark>();
  private clock = 0;

  /** To be taken before an image is asked for. */
  moment(): number {
    return this.clock;
  }

  of(id: string): Known {
    return this.regions.get(id) ?? 'never';
  }

  mark(image: string): ImageMark | null {
    return this.marks.get(image) ?? null;
  }

  /** What was known is what a request began with, or what the person chose. */
  set(id: string, image: string, known: Known): void {
    this.regions.set(id, known);
    this.imageOf.set(id, image);
  }

  /** What the server has answered just now. */
  learn(id: string, image: string, known: Known): void {
    this.clock += 1;
    this.set(id, image, known);
    this.savedAt.set(id, this.clock);
  }

  /** An answer may overtake another: the highest version is the newest. Answers to a region tell nothing of absence. */
  note(mark: ImageMark): boolean {
    const old = this.marks.get(mark.id);
    if (old && mark.version < old.version) return false;
    this.marks.set(mark.id, { ...mark, absent: mark.absent ?? old?.absent ?? [] });
    return true;
  }

  /** The regions of an image as listed, but for what was saved since the listing was asked for. */
  listed(
    image: string,
    listing: readonly Stored[],
    asOf: number,
    fixed: (id: string) => boolean,
  ): Map<string, Region> {
    const shown = new Map<string, Region>();
    for (const stored of listing) {
      const id = stored.region.id;
      this.imageOf.set(id, image);
      if (!this.isNewer(id, asOf) && !fixed(id) && this.isNews(stored)) this.regions.set(id, stored);
      const known = this.regions.get(id) ?? stored;
      if (isStored(known)) shown.set(id, known.region);
    }
    for (const [id, known] of this.ofImage(image)) {
      if (!this.isNewer(id, asOf)) continue;
      if (isStored(known)) shown.set(id, known.region);
      else shown.delete(id);
    }
    return shown;
  }

  /** The server has accepted an image's suggestions with its mark: each has a new version. */
  acceptSuggestions(image: string): string[] {
    const accepted: string[] = [];
    for (const [id, known] of this.ofImage(image)) {
      if (!isStored(known) || known.region.origin !== 'suggestion') continue;
      this.learn(id, image, {
        version: known.version + 1,
        region: { ...known.region, origin: 'person' },
      });
      accepted.push(id);
    }
    return accepted;
  }

  /** Takes in the versions of regions that are as known, and tells which of them were accepted. */
  see(image: string, listing: readonly Stored[]): string[] {
    const accepted: string[] = [];
    for (const stored of listing) {
      const known = this.of(stored.region.id);
      if (isStored(known) && known.region.origin !== stored.region.origin) accepted.push(stored.region.id);
      this.learn(stored.region.id, image, stored);
    }
    return accepted;
  }

  /** Nothing on the image is different from what this tab knows, but for suggestions accepted; null: it knows nothing of it. */
  agrees(image: string, listing: readonly Stored[]): boolean | null {
    const known = new Map(this.ofImage(image));
    if (known.size === 0) return null;
    const there = [...known.values()].filter(isStored).length;
    return there === listing.length && listing.every(({ region }) => isAsKnown(region, known.get(region.id)));
  }

  private ofImage(image: string): [string, Known][] {
    return [...this.regions].filter(([id]) => this.imageOf.get(id) === image);
  }

  /** A listing out of a cache may be older than one that was seen since. */
  private isNews({ region, version }: Stored): boolean {
    const known = this.regions.get(region.id);
    return known === undefined || !isStored(known) || version >= known.version;
  }

  private isNewer(id: string, asOf: number): boolean {
    return (this.savedAt.get(id) ?? -1) >= asOf;
  }
}

function isAsKnown(region: Region, known: Known | undefined): boolean {
  if (!known || !isStored(known)) return false;
  const accepted = known.region.origin === 'suggestion' && region.origin === 'person';
  const before = accepted ? { ...known.region, origin: region.origin } : known.region;
  return sameRegion({ ...region, confidence: null }, { ...before, confidence: null });
}
