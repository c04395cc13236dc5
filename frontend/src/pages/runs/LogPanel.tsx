import { Skeleton } from '@mantine/core';
import { useEffect, useRef, useState } from 'react';
import { useLog } from '@/api/runs';
import type { Run } from '@/api/types';
import classes from './LogPanel.module.css';

/** What the run said while it went, folded away; it follows the end while the reader is there. */
export function LogPanel({ run, startOpen }: { run: Run; startOpen: boolean }) {
  const [open, setOpen] = useState(startOpen);
  const { data } = useLog(run, open);
  const text = useRef<HTMLPreElement>(null);
  const follows = useRef(true);
  // biome-ignore lint/correctness/useExhaustiveDependencies: each new piece of the log moves the end
  useEffect(() => {
    if (text.current && follows.current) text.current.scrollTop = text.current.scrollHeight;
  }, [data?.text]);
  return (
    <details className={classes.log} open={open} onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary>Log</summary>
      {data ? (
        <pre
          ref={text}
          // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard
          tabIndex={0}
          onScroll={({ currentTarget }) => {
            const { scrollHeight, scrollTop, clientHeight } = currentTarget;
            follows.current = scrollHeight - scrollTop - clientHeight < 24;
          }}
        >
          {data.text || 'Nothing yet.'}
        </pre>
      ) : (
        <Skeleton height={120} />
      )}
    </details>
  );
}
