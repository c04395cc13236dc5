import { isOver } from '@/api/runs';
import type { RunState } from '@/api/types';
import classes from './RunBadge.module.css';
import { STATE_WORDS } from './words';

export function RunBadge({ state }: { state: RunState }) {
  return (
    <span className={classes.badge} data-state={isOver(state) ? state : 'active'}>
      {STATE_WORDS[state]}
    </span>
  );
}
