import { Text } from '@mantine/core';
import { useNetwork } from '@mantine/hooks';
import { IconAlertTriangle, IconPlugConnectedX } from '@tabler/icons-react';
import type { ReactNode } from 'react';
import { useSession } from '@/api/session';
import classes from './Banners.module.css';
import { obstacle } from './workers';

export function Banner({ icon, children }: { icon: ReactNode; children: ReactNode }) {
  return (
    <div className={classes.banner} role="status">
      {icon}
      <Text size="sm">{children}</Text>
    </div>
  );
}

/** What stands in the way of working, said at once: no connection, a full disk, a worker that does not answer. */
export function Banners() {
  const session = useSession();
  const { online } = useNetwork();
  if (!online || session.isError) {
    return (
      <Banner icon={<IconPlugConnectedX size={18} />}>
        {online
          ? 'The server cannot be reached. What you see may be old; it goes on by itself when the server is back.'
          : 'You are offline. What you see may be old; it goes on by itself when the connection is back.'}
      </Banner>
    );
  }
  const sentence = session.data && obstacle(session.data);
  return sentence ? <Banner icon={<IconAlertTriangle size={18} />}>{sentence}</Banner> : null;
}
