import { useEditorState } from '@/canvas/useEditorState';
import type { Editor } from '@/editor/editor';
import type { EditorState } from '@/editor/state';

export interface Told {
  sentence: string;
  /** How many sentences there have been: the same one twice is said twice. */
  turn: number;
}

/** For those who hear the page: which region the keys are on, and what the page has to say about a key. */
export function Announcer({ editor, told }: { editor: Editor; told: Told }) {
  const selected = useEditorState(editor, pickSelected);
  const typing = useEditorState(editor, pickTyping);
  // An open text says itself what it is.
  const region = typing || selected === null ? '' : describe(editor, selected);
  return (
    <>
      <span className="visually-hidden" aria-live="polite" data-testid="selected-region">
        {region}
      </span>
      <span className="visually-hidden" role="status" data-testid="told">
        <span key={told.turn}>{told.sentence}</span>
      </span>
    </>
  );
}

const pickSelected = (state: EditorState) => state.selected;
const pickTyping = (state: EditorState) => state.typing !== null;

function describe({ list, state }: Editor, id: string): string {
  const index = list.findIndex((region) => region.id === id);
  const region = list[index];
  if (!region) return '';
  const label = state.labels.find((each) => each.id === region.label)?.name ?? 'no label';
  const said = region.origin === 'suggestion' ? ', suggestion' : '';
  const text = region.text === '' ? 'no text' : region.text;
  return `Region ${index + 1} of ${list.length}, ${label}${said}: ${text}`;
}
