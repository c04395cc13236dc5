import { Group, Title } from '@mantine/core';
import type { ReactNode } from 'react';
import classes from './PageFrame.module.css';

interface Props {
  title?: ReactNode;
  actions?: ReactNode;
  width?: 'narrow' | 'wide';
  children: ReactNode;
}

/** A page's column: its title, what can be done, and the rest below. */
export function PageFrame({ title, actions, width = 'wide', children }: Props) {
  return (
    <div className={classes.frame} data-width={width}>
      {(title || actions) && (
        <Group justify="space-between" mb="lg" gap="sm" mih={36}>
          {title && (
            <Title order={1} size="h2">
              {title}
            </Title>
          )}
          {actions && <div className={classes.actions}>{actions}</div>}
        </Group>
      )}
      {children}
    </div>
  );
}
