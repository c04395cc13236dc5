import { useEffect, useRef } from 'react';
import { Navigate, Outlet, useLocation } from 'react-router';
import { holdRequestsWhileExpired, useExpiry, useSession } from '@/api/session';
import type { User } from '@/api/types';
import { Banners } from './Banners';
import { SignInAgain } from './SignInAgain';
import { TopBar } from './TopBar';
import { UploadTray } from './UploadTray';

/** Everything a signed-in person sees: bar, banners, page, and the dialog for an expired sign-in. */
export function SignedIn() {
  const { data: session } = useSession();
  const location = useLocation();
  const person = useRef<User | null>(null);
  const { expire } = useExpiry();
  const lost = session?.user == null && person.current != null;

  useEffect(holdRequestsWhileExpired, []);
  useEffect(() => {
    if (lost) expire();
  }, [lost, expire]);

  if (session?.user) person.current = session.user;
  if (!person.current) {
    const next = encodeURIComponent(location.pathname + location.search);
    return <Navigate to={location.pathname === '/' ? '/sign-in' : `/sign-in?next=${next}`} replace />;
  }
  return (
    <>
      <TopBar user={person.current} />
      <Banners />
      <main id="main">
        <Outlet />
      </main>
      <UploadTray />
      <SignInAgain user={person.current} />
    </>
  );
}
