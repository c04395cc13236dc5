import { useEffect } from 'react';
import { type Desk, press } from '@/editor/acts';
import type { Editor } from '@/editor/editor';

const isText = (element: Element | null) =>
  element instanceof HTMLInputElement ||
  element instanceof HTMLTextAreaElement ||
  element instanceof HTMLSelectElement;

/**
 * Keys reach the editor from the page itself, from the stage, and from a region's text field (marked data-region-text).
 * Other fields, menus and open dialogs keep theirs; on buttons Enter, Tab and Space do what they do everywhere.
 */
export function useKeys(editor: Editor, desk: Desk): void {
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      const target = event.target instanceof Element ? event.target : null;
      if (event.defaultPrevented || event.isComposing || document.querySelector('[aria-modal="true"]'))
        return;
      const inText = target?.hasAttribute('data-region-text') ?? false;
      if (!inText && (isText(target) || target?.closest('[role="menu"], [role="listbox"]'))) return;
      const onControl = !inText && target?.closest('button, a, [role="radio"], [role="menuitem"]');
      if (onControl && /^(Enter|Tab| )$/.test(event.key)) return;
      if (press(event, editor, desk, inText)) event.preventDefault();
    };
    window.addEventListener('keydown', onKey);
    return () => window.removeEventListener('keydown', onKey);
  }, [editor, desk]);
}
