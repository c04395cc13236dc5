import { Kbd, Modal } from '@mantine/core';
import { useWindowEvent } from '@mantine/hooks';
import { ACTS, type Act, keysOf } from '@/editor/acts';
import classes from './ShortcutsSheet.module.css';

const GROUPS: readonly Act['group'][] = ['Type', 'Draw', 'Look', 'Go'];

const HAND: Partial<Record<Act['group'], readonly [string, string][]>> = {
  Draw: [
    ['Drag on the picture', 'A new region; with Shift also over another one'],
    ['Drag a region', 'Move it'],
    ['Drag a handle', 'Resize it; a corner with Alt moves alone'],
  ],
  Look: [
    ['Wheel', 'Zoom at the pointer'],
    ['Space + drag', 'Move the picture'],
  ],
};

/** Every key and every movement of the hand, made from the acts themselves. */
export function ShortcutsSheet({ opened, close }: { opened: boolean; close: () => void }) {
  useWindowEvent('keydown', (event) => {
    if (opened && event.key === '?' && !event.repeat) close();
  });
  return (
    <Modal opened={opened} onClose={close} title="Shortcuts" size={980}>
      <div className={classes.sheet}>
        {GROUPS.map((group) => (
          <section key={group}>
            <h2>{group}</h2>
            <dl>
              {(HAND[group] ?? []).map(([hand, title]) => (
                <div key={hand} className={classes.row}>
                  <dt>{hand}</dt>
                  <dd>{title}</dd>
                </div>
              ))}
              {ACTS.filter((act) => act.group === group).map((act) => (
                <Row key={act.name} keys={keysOf(act)} title={act.title} />
              ))}
            </dl>
          </section>
        ))}
      </div>
    </Modal>
  );
}

function Row({ keys, title }: { keys: readonly string[]; title: string }) {
  return (
    <div className={classes.row}>
      <dt>
        {keys.map((key) => (
          <Kbd key={key} size="sm">
            {key}
          </Kbd>
        ))}
      </dt>
      <dd>{title}</dd>
    </div>
  );
}
