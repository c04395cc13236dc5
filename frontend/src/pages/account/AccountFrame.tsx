import { Stack, Text, Title } from '@mantine/core';
import type { ReactNode } from 'react';
import { Mark } from '@/ui/Mark';
import classes from './AccountFrame.module.css';

interface Props {
  title: string;
  intro?: ReactNode;
  children: ReactNode;
}

/** The quiet card of every page outside the product: sign in, sign up, reset, invitation. */
export function AccountFrame({ title, intro, children }: Props) {
  return (
    <main className={classes.page}>
      <div className={classes.card}>
        <Stack gap="xs" mb="lg">
          <Mark size={40} />
          <Title order={1} size="h2" mt="sm">
            {title}
          </Title>
          {intro && <Text c="dimmed">{intro}</Text>}
        </Stack>
        {children}
      </div>
    </main>
  );
}
