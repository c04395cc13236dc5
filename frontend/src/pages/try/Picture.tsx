import type { PredictionPage } from '@/api/types';
import { RegionOverlay } from '@/ui/RegionOverlay';
import classes from './Answer.module.css';

interface Props {
  page: PredictionPage;
  colours: Map<string, string>;
  active: number | null;
  onActive: (index: number | null) => void;
}

/** The picture with every field outlined and its text written above it. */
export function Picture({ page, colours, active, onActive }: Props) {
  const { width, height, regions } = page;
  return (
    <div
      className={classes.picture}
      style={{ aspectRatio: `${width} / ${height}`, maxWidth: `calc(76vh * ${width / height})` }}
    >
      <img src={page.file_url} width={width} height={height} alt={`Page ${page.page} as it was read`} />
      <RegionOverlay
        width={width}
        height={height}
        regions={regions.map(({ quad, label }, index) => ({
          key: String(index),
          quad,
          colour: colours.get(label) ?? '#7fe0d0',
          active: index === active,
        }))}
      />
      {regions.map(({ quad, text }, index) => {
        const left = Math.max(0, Math.min(...quad.map(([x]) => x)));
        const top = Math.min(...quad.map(([, y]) => y));
        const bottom = Math.max(...quad.map(([, y]) => y));
        // At the upper edge there is no room above the region.
        const below = top < height * 0.07;
        const right = Math.max(...quad.map(([x]) => x));
        // In the right half the tag ends where its region ends: it grows into the picture, not out of it.
        const across =
          left + right > width
            ? { right: `${(Math.max(0, width - right) / width) * 100}%` }
            : { left: `${(left / width) * 100}%` };
        return (
          <button
            type="button"
            // biome-ignore lint/suspicious/noArrayIndexKey: the regions of one answer, in their order
            key={index}
            className={classes.tag}
            data-active={index === active || undefined}
            data-below={below || undefined}
            style={{ ...across, top: `${((below ? bottom : top) / height) * 100}%` }}
            onMouseEnter={() => onActive(index)}
            onMouseLeave={() => onActive(null)}
            onFocus={() => onActive(index)}
            onBlur={() => onActive(null)}
          >
            {text}
          </button>
        );
      })}
    </div>
  );
}
