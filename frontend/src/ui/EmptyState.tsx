import { Stack, Text, Title } from '@mantine/core';
import type { ReactNode } from 'react';

interface Props {
  icon?: ReactNode;
  title: string;
  children?: ReactNode;
  action?: ReactNode;
}

/** Says what is missing and what to do about it, in the middle of the space it is given. */
export function EmptyState({ icon, title, children, action }: Props) {
  return (
    <Stack align="center" gap="xs" py={64} px="md" ta="center" maw={520} mx="auto">
      {icon && <Text c="dimmed">{icon}</Text>}
      <Title order={2} size="h3">
        {title}
      </Title>
      <Text c="dimmed" component="div">
        {children}
      </Text>
      {action && <div style={{ marginTop: 16 }}>{action}</div>}
    </Stack>
  );
}
