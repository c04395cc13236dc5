import { Checkbox } from '@mantine/core';
import { memo } from 'react';
import { Link } from 'react-router';
import type { Image, ImageState } from '@/api/types';
import { imageName } from '@/ui/format';
import { RegionOverlay } from '@/ui/RegionOverlay';
import classes from './ImageTile.module.css';

export const STATE_WORDS: Record<ImageState, string> = {
  todo: 'To do',
  annotated: 'Annotated',
  reviewed: 'Reviewed',
};

interface Props {
  image: Image;
  to: string;
  colours: Map<string, string>;
  selected: boolean;
  selecting: boolean;
  onSelect: (id: string, range: boolean) => void;
}

export const ImageTile = memo(function ImageTile({
  image,
  to,
  colours,
  selected,
  selecting,
  onSelect,
}: Props) {
  const regions = image.regions.map(({ quad, label }, index) => ({
    key: String(index),
    quad,
    colour: colours.get(label) ?? '#fff',
  }));
  const name = imageName(image);
  const onClick = (event: React.MouseEvent) => {
    // While choosing, a click chooses; so does a click with a key held.
    if (!selecting && !event.shiftKey && !event.ctrlKey && !event.metaKey) return;
    event.preventDefault();
    onSelect(image.id, event.shiftKey);
  };
  return (
    <div
      className={classes.tile}
      data-selected={selected || undefined}
      data-selecting={selecting || undefined}
    >
      <Link
        to={to}
        className={classes.frame}
        aria-label={`${name}, ${STATE_WORDS[image.state].toLowerCase()}`}
        onClick={onClick}
      >
        <img src={image.thumbnail_url} alt="" loading="lazy" decoding="async" draggable={false} />
        <RegionOverlay width={image.width} height={image.height} regions={regions} edge />
      </Link>
      <Checkbox
        className={classes.box}
        size="sm"
        aria-label={`Select ${name}`}
        checked={selected}
        onChange={() => undefined}
        onClick={(event) => onSelect(image.id, event.shiftKey)}
      />
      <div className={classes.caption}>
        <Link
          to={to}
          className={classes.name}
          title={image.folder ? `${image.folder}/${name}` : name}
          tabIndex={-1}
          onClick={onClick}
        >
          {name}
        </Link>
        <span className={classes.badge} data-state={image.state}>
          {STATE_WORDS[image.state]}
        </span>
      </div>
    </div>
  );
});
