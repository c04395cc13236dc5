import type { ReactNode } from 'react';
import classes from './DropOverlay.module.css';

/** Covers the window while files are held over it. */
export function DropOverlay({ icon, children }: { icon: ReactNode; children: ReactNode }) {
  return (
    <div className={classes.overlay}>
      <div className={classes.frame}>
        {icon}
        {children}
      </div>
    </div>
  );
}
