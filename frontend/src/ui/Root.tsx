import { Center, Loader } from '@mantine/core';
import { useEffect } from 'react';
import { Outlet } from 'react-router';
import { useSession } from '@/api/session';
import { FirstAccount } from '@/pages/account/FirstAccount';
import { useLateness } from './useLateness';

/** Knows who is there before anything is drawn; a fresh installation asks for its first account first. */
export function Root() {
  const session = useSession();
  const late = useLateness(!session.data, 500);
  useEffect(() => {
    document.title = 'Glyphsmith';
  }, []);
  if (session.data?.first_visit) return <FirstAccount />;
  if (session.data) return <Outlet />;
  if (session.error) throw session.error;
  return <Center h="100vh">{late && <Loader aria-label="Loading" />}</Center>;
}
