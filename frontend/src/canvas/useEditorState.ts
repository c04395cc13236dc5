import { useCallback, useSyncExternalStore } from 'react';
import type { Editor } from '@/editor/editor';
import type { EditorState } from '@/editor/state';

/** Draws again only when what is picked has changed; `pick` must give back the same thing for the same state. */
export function useEditorState<T>(editor: Editor, pick: (state: EditorState) => T): T {
  const read = useCallback(() => pick(editor.state), [editor, pick]);
  return useSyncExternalStore(editor.subscribe, read);
}
