import { IconCheck, IconX } from '@tabler/icons-react';
import { duration } from '@/ui/format';
import classes from './Stepper.module.css';
import type { RunStep } from './words';

/** The run's way from queued to ready, with the time each step took. */
export function Stepper({ steps }: { steps: RunStep[] }) {
  return (
    <ol className={classes.steps}>
      {steps.map(({ state, word, seconds, current, done }) => (
        <li
          key={state}
          className={classes.step}
          data-current={current || undefined}
          data-done={done || undefined}
          data-ended={state === 'failed' || state === 'cancelled' || undefined}
          aria-current={current ? 'step' : undefined}
        >
          <span className={classes.dot}>
            {done && <IconCheck size={12} stroke={3} />}
            {(state === 'failed' || state === 'cancelled') && <IconX size={12} stroke={3} />}
          </span>
          <span className={classes.word}>{word}</span>
          <span className={classes.time}>{seconds === null ? '' : duration(seconds)}</span>
        </li>
      ))}
    </ol>
  );
}
