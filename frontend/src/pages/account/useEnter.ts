import { useNavigate, useSearchParams } from 'react-router';
import { useFreshSession } from '@/api/session';
import { safeNext } from './safeNext';

/** Goes on to where the person wanted to be, once they are signed in. */
export function useEnter() {
  const fresh = useFreshSession();
  const navigate = useNavigate();
  const [search] = useSearchParams();
  return async () => {
    await fresh();
    await navigate(safeNext(search.get('next')), { replace: true });
  };
}
