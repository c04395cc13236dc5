import { ActionIcon } from '@mantine/core';
import { IconCheck, IconTrash } from '@tabler/icons-react';
import { type ChangeEvent, memo, type RefObject, useCallback, useLayoutEffect, useRef } from 'react';
import { Crop } from '@/canvas/Crop';
import { useEditorState } from '@/canvas/useEditorState';
import type { Editor } from '@/editor/editor';
import type { Label, Region } from '@/editor/model';
import type { EditorState } from '@/editor/state';
import { ConflictNote, RefusedNote } from './ConflictNote';
import { useMisfit } from './misfit';
import classes from './RegionCard.module.css';
import type { Saving } from './saving';

interface Props {
  editor: Editor;
  saving: Saving;
  picture: HTMLImageElement | null;
  region: Region;
  number: number;
  selected: boolean;
}

const CROP_WIDTH = 320;
const CROP_HEIGHT = { rest: 44, selected: 92 };

/** One region: its crop, its text, what it is and where it came from. */
export const RegionCard = memo(function RegionCard(props: Props) {
  const { editor, saving, picture, region, number, selected } = props;
  const labels = useEditorState(editor, pickLabels);
  const label = labels.find((each) => each.id === region.label);
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: Tab and Enter select regions by keyboard
    // biome-ignore lint/a11y/noStaticElementInteractions: a larger target for the mouse; the text field in it is the control
    <div
      className={classes.card}
      data-selected={selected || undefined}
      onClick={() => editor.select(region.id)}
    >
      <div className={classes.crop}>
        {picture && (
          <LiveCrop editor={editor} picture={picture} region={region} number={number} selected={selected} />
        )}
      </div>
      <TextField {...props} label={label} />
      <div className={classes.facts}>
        <span className={classes.dot} style={{ background: label?.colour }} />
        <span className={classes.label}>{label?.name ?? 'no label yet'}</span>
        <Origin region={region} />
        <Buttons editor={editor} region={region} number={number} />
      </div>
      <ConflictNote editor={editor} saving={saving} id={region.id} />
      <RefusedNote saving={saving} id={region.id} />
    </div>
  );
});

const pickLabels = (state: EditorState) => state.labels;
const pickReadOnly = (state: EditorState) => state.readOnly;

/** Follows the pointer while the region is being moved or pulled. */
function LiveCrop({
  editor,
  picture,
  region,
  number,
  selected,
}: Omit<Props, 'saving'> & { picture: HTMLImageElement }) {
  const pointed = useEditorState(
    editor,
    useCallback((state) => (state.preview?.id === region.id ? state.preview.quad : null), [region.id]),
  );
  return (
    <Crop
      picture={picture}
      quad={pointed ?? region.quad}
      width={CROP_WIDTH}
      height={selected ? CROP_HEIGHT.selected : CROP_HEIGHT.rest}
      label={`Region ${number}, enlarged`}
    />
  );
}

function TextField({ editor, region, number, label }: Props & { label: Label | undefined }) {
  const field = useRef<HTMLInputElement & HTMLTextAreaElement>(null);
  const readOnly = useEditorState(editor, pickReadOnly);
  const open = useEditorState(
    editor,
    useCallback((state) => state.typing?.id === region.id, [region.id]),
  );
  const over = useEditorState(
    editor,
    useCallback((state) => state.typing?.id === region.id && state.typing.over, [region.id]),
  );
  const words = label?.words ?? [];
  const problem = useMisfit(region.text, label);
  const list = words.length > 0 ? `words-${region.id}` : undefined;
  const lines = region.text.split('\n').length;
  // A field of one line would lose the lines of an address; one of several knows no list of words.
  const listed = list !== undefined && lines === 1;
  const caret = useCaret(field, open, over, listed);
  const asked = {
    ref: field,
    className: classes.text,
    'data-region-text': true,
    'data-open': open || undefined,
    'aria-label': `Text of region ${number}`,
    'aria-invalid': problem !== null,
    placeholder: readOnly ? 'No text' : 'Type the text',
    value: region.text,
    readOnly,
    maxLength: 500,
    spellCheck: false,
    autoComplete: 'off',
    autoCapitalize: 'off',
    onFocus: () => editor.type(region.id),
    // Leaving the window keeps the field open; leaving it for something else on the page closes it.
    onBlur: () => document.hasFocus() && editor.state.typing?.id === region.id && editor.finishTyping(),
    onChange: ({ currentTarget }: ChangeEvent<HTMLInputElement | HTMLTextAreaElement>) => {
      caret.current = currentTarget.selectionStart;
      editor.setText(region.id, currentTarget.value);
    },
  };
  return (
    <>
      {listed ? <input {...asked} list={list} /> : <textarea {...asked} rows={lines} wrap="off" />}
      {list && (
        <datalist id={list}>
          {words.map((word) => (
            <option key={word} value={word} />
          ))}
        </datalist>
      )}
      {problem && <p className={classes.misfit}>{problem}</p>}
    </>
  );
}

type Field = HTMLInputElement | HTMLTextAreaElement;

/** Also where a browser selects all of a field of one line that Tab leads to. */
const isAllSelected = ({ selectionStart, selectionEnd, value }: Field) =>
  value !== '' && selectionStart === 0 && selectionEnd === value.length;

/**
 * Gives the open text the keys. All of it is selected only where the hand has opened it to type it anew; a caret that the
 * hand has put somewhere stays there, else it goes to the end.
 */
function useCaret(field: RefObject<Field | null>, open: boolean, over: boolean, listed: boolean) {
  const caret = useRef<number | null>(null);
  const wasOver = useRef(false);
  // biome-ignore lint/correctness/useExhaustiveDependencies: where the field becomes another one, that has the keys
  useLayoutEffect(() => {
    const here = field.current;
    const active = document.activeElement === here;
    const selectedByPage = wasOver.current || here instanceof HTMLInputElement;
    wasOver.current = over;
    if (!open) {
      caret.current = null;
      if (active) here?.blur();
      return;
    }
    here?.focus({ preventScroll: true });
    if (over) here?.select();
    else if (here && (!active || (selectedByPage && isAllSelected(here)))) {
      const at = caret.current ?? here.value.length;
      here.setSelectionRange(at, at);
    }
  }, [open, over, listed]);
  return caret;
}

const ORIGINS = { person: null, import: 'Imported', suggestion: 'Suggestion' };

function Origin({ region: { origin, confidence } }: { region: Region }) {
  const words = ORIGINS[origin];
  if (!words) return null;
  const sure = origin === 'suggestion' && confidence !== null;
  return (
    <span
      className={classes.origin}
      data-origin={origin}
      data-unsure={(sure && confidence < 0.8) || undefined}
    >
      {words}
      {sure && ` ${Math.round(confidence * 100)} %`}
    </span>
  );
}

function Buttons({ editor, region, number }: { editor: Editor; region: Region; number: number }) {
  const readOnly = useEditorState(editor, pickReadOnly);
  if (readOnly) return null;
  const suggested = region.origin === 'suggestion';
  return (
    // Pressing a button leaves the text field where it is.
    // biome-ignore lint/a11y/noStaticElementInteractions: it only keeps the focus
    <span className={classes.buttons} onMouseDown={(event) => event.preventDefault()}>
      {suggested && (
        <ActionIcon
          variant="light"
          size={28}
          title="Accept (A)"
          aria-label={`Accept region ${number}`}
          onClick={() => editor.edit(region.id, { origin: 'person' }, { title: 'Accept' })}
        >
          <IconCheck size={16} />
        </ActionIcon>
      )}
      <ActionIcon
        variant="subtle"
        color="gray"
        size={28}
        title={suggested ? 'Reject (Delete)' : 'Delete'}
        aria-label={suggested ? `Reject region ${number}` : `Delete region ${number}`}
        onClick={(event) => {
          event.stopPropagation();
          editor.remove([region.id]);
        }}
      >
        <IconTrash size={16} stroke={1.75} />
      </ActionIcon>
    </span>
  );
}
