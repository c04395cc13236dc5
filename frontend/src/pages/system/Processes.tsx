import { Text, Title } from '@mantine/core';
import type { Process } from '@/api/types';
import { plural } from '@/ui/format';
import classes from './System.module.css';

/** How a process fares, and whether it had to be started again. */
export function standing({ state, pid, restarts, last_exit }: Process): string {
  const now = state === 'running' ? `Running as process ${pid}` : (STATES[state] ?? state);
  if (restarts === 0) return now;
  const last = last_exit === null ? '' : `, last ${ending(last_exit)}`;
  return `${now}; started again ${plural(restarts, 'time')}${last}`;
}

const STATES: Record<string, string> = {
  waiting: 'Not started yet',
  'backing off': 'Ended; is about to be started again',
  stopped: 'Stopped',
};

/** A number below zero is the signal that ended it. */
function ending(code: number): string {
  return code < 0 ? `ended by signal ${-code}` : `ended with code ${code}`;
}

/** What the launcher started on this machine. */
export function Processes({ processes }: { processes: Process[] }) {
  return (
    <section aria-labelledby="processes-title">
      <Title order={2} size="h4" mt={40} mb="sm" id="processes-title">
        Processes
      </Title>
      <dl className={classes.settings}>
        {processes.map((process) => (
          <div key={process.name}>
            <dt>{process.name}</dt>
            <Text component="dd" c={process.state === 'running' ? undefined : 'var(--danger)'}>
              {standing(process)}
            </Text>
          </div>
        ))}
      </dl>
    </section>
  );
}
