import { useEffect, useState } from 'react';

/** True once `waiting` has lasted longer than `after` milliseconds: short waits show nothing, so nothing blinks. */
export function useLateness(waiting: boolean, after: number): boolean {
  const [late, setLate] = useState(false);
  useEffect(() => {
    if (!waiting) {
      setLate(false);
      return;
    }
    const timer = setTimeout(() => setLate(true), after);
    return () => clearTimeout(timer);
  }, [waiting, after]);
  return late;
}
