/** Which labels occur several times on an image, as seen in this browser: Enter does not wait for them on other images. */

import { useEffect } from 'react';
import type { Editor } from '@/editor/editor';

const keyOf = (projectId: string) => `glyphsmith.several.${projectId}`;

function read(projectId: string): string[] {
  try {
    const found: unknown = JSON.parse(localStorage.getItem(keyOf(projectId)) ?? '[]');
    return Array.isArray(found) ? found.filter((id): id is string => typeof id === 'string') : [];
  } catch {
    return [];
  }
}

export function useSeveral(editor: Editor, projectId: string): void {
  useEffect(() => {
    editor.setSeveral(read(projectId));
    editor.onSeveral = (labels) => {
      try {
        localStorage.setItem(keyOf(projectId), JSON.stringify(labels));
      } catch {
        // Without storage it is known until the page is left.
      }
    };
    return () => {
      editor.onSeveral = () => {};
    };
  }, [editor, projectId]);
}
