import { NavLink } from 'react-router';
import classes from './SubNav.module.css';

/** The two or three pages that one step of the work consists of. */
export function SubNav({ label, pages }: { label: string; pages: { to: string; name: string }[] }) {
  return (
    <nav className={classes.nav} aria-label={label}>
      {pages.map(({ to, name }) => (
        <NavLink key={to} to={to} className={classes.link}>
          {name}
        </NavLink>
      ))}
    </nav>
  );
}

export const pagesOfTrain = (projectId: string) => [
  { to: `/projects/${projectId}/train`, name: 'Train' },
  { to: `/projects/${projectId}/runs`, name: 'Runs' },
];

export const pagesOfUse = (projectId: string) => [
  { to: `/projects/${projectId}/try`, name: 'Try' },
  { to: `/projects/${projectId}/use`, name: 'From a program' },
];
