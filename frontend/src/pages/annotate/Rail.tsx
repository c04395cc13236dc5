import { defaultRangeExtractor, useVirtualizer } from '@tanstack/react-virtual';
import { useCallback, useEffect, useRef } from 'react';
import type { Project } from '@/api/types';
import { useEditorState } from '@/canvas/useEditorState';
import type { Editor } from '@/editor/editor';
import type { EditorState } from '@/editor/state';
import { ConflictNote, RefusedNote } from './ConflictNote';
import { FirstLabel } from './FirstLabel';
import { LabelPicker } from './LabelPicker';
import { Missing } from './Missing';
import classes from './Rail.module.css';
import { RegionCard } from './RegionCard';
import { type Saving, useSavingTurn } from './saving';

interface Props {
  editor: Editor;
  saving: Saving;
  picture: HTMLImageElement | null;
  project: Project | undefined;
  /** How often Enter has waited for what is missing. */
  asked: number;
}

const REST_HEIGHT = 128;

/** Every region in reading order, each beside its own enlarged crop. */
export function Rail({ editor, saving, picture, project, asked }: Props) {
  const picked = useEditorState(editor, pickPicture);
  const readOnly = useEditorState(editor, pickReadOnly);
  const list = useEditorState(
    editor,
    useCallback(() => editor.list, [editor]),
  );
  const selected = useEditorState(editor, pickSelected);
  const scroller = useRef<HTMLDivElement>(null);
  const at = selected === null ? -1 : list.findIndex((region) => region.id === selected);
  const rows = useVirtualizer({
    count: list.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => REST_HEIGHT,
    getItemKey: (index) => list[index]?.id ?? index,
    overscan: 4,
    // A text that is scrolled out of sight keeps the keys: they would be taken for those of the page.
    rangeExtractor: (range) => {
      const seen = defaultRangeExtractor(range);
      return at < 0 || seen.includes(at) ? seen : [...seen, at].sort((a, b) => a - b);
    },
  });
  useEffect(() => {
    if (at >= 0) rows.scrollToIndex(at, { align: 'auto' });
  }, [at, rows]);
  return (
    <aside className={classes.rail} aria-label="Regions of this image">
      {project && project.labels.length === 0 && !readOnly && <FirstLabel projectId={project.id} />}
      {project && project.labels.length > 0 && <LabelPicker editor={editor} />}
      <Apart editor={editor} saving={saving} />
      <div className={classes.scroller} ref={scroller}>
        {picked && list.length === 0 && <Empty readOnly={readOnly} />}
        <ul aria-label="Regions" className={classes.list} style={{ height: rows.getTotalSize() }}>
          {rows.getVirtualItems().map((row) => {
            const region = list[row.index];
            if (!region) return null;
            return (
              <li
                key={row.key}
                ref={rows.measureElement}
                data-index={row.index}
                className={classes.row}
                style={{ transform: `translateY(${row.start}px)` }}
              >
                <RegionCard
                  editor={editor}
                  saving={saving}
                  picture={picture}
                  region={region}
                  number={row.index + 1}
                  selected={region.id === selected}
                />
              </li>
            );
          })}
        </ul>
      </div>
      <Missing editor={editor} asked={asked} />
    </aside>
  );
}

const pickPicture = (state: EditorState) => state.picture;
const pickReadOnly = (state: EditorState) => state.readOnly;
const pickRegions = (state: EditorState) => state.regions;
const pickSelected = (state: EditorState) => state.selected;

function Empty({ readOnly }: { readOnly: boolean }) {
  return (
    <div className={classes.empty}>
      <p>No regions on this image.</p>
      {!readOnly && <p>Drag a box around a text in the picture, or press B for one in the middle.</p>}
    </div>
  );
}

/** What needs the person about regions that are no longer on the image, and so have no card. */
function Apart({ editor, saving }: Pick<Props, 'editor' | 'saving'>) {
  useSavingTurn(saving);
  const picture = useEditorState(editor, pickPicture);
  const regions = useEditorState(editor, pickRegions);
  const apart = saving.queue
    .status()
    .problems.filter(({ id, image }) => image === picture?.id && !regions.has(id));
  return apart.map(({ id }) => (
    <div key={id} className={classes.apart}>
      <ConflictNote editor={editor} saving={saving} id={id} />
      <RefusedNote saving={saving} id={id} />
    </div>
  ));
}
