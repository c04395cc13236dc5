import { Avatar, Menu, UnstyledButton } from '@mantine/core';
import { IconActivityHeartbeat, IconKey, IconLogout, IconUser } from '@tabler/icons-react';
import { useMutation } from '@tanstack/react-query';
import { Link, useMatch } from 'react-router';
import { api } from '@/api/client';
import type { User } from '@/api/types';
import { Mark } from './Mark';
import { ProjectSteps } from './ProjectSteps';
import classes from './TopBar.module.css';

function AccountMenu({ user }: { user: User }) {
  const signOut = useMutation({
    mutationFn: () => api.post('/api/v1/session/sign-out'),
    // A full load, so that nothing of this person stays in memory.
    onSuccess: () => window.location.assign('/sign-in'),
  });
  return (
    <Menu withinPortal={false} position="bottom-end" width={240} shadow="md">
      <Menu.Target>
        <UnstyledButton aria-label="Your account" className={classes.account}>
          <Avatar size={32} radius="xl" classNames={{ placeholder: classes.initial }}>
            {(user.name || user.email).slice(0, 1).toUpperCase()}
          </Avatar>
        </UnstyledButton>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Label className={classes.who}>{user.email}</Menu.Label>
        <Menu.Item component={Link} to="/account" leftSection={<IconUser size={16} />}>
          Your account
        </Menu.Item>
        <Menu.Item component={Link} to="/keys" leftSection={<IconKey size={16} />}>
          API keys
        </Menu.Item>
        {user.is_staff && (
          <Menu.Item component={Link} to="/system" leftSection={<IconActivityHeartbeat size={16} />}>
            System
          </Menu.Item>
        )}
        <Menu.Divider />
        <Menu.Item leftSection={<IconLogout size={16} />} onClick={() => signOut.mutate()}>
          Sign out
        </Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}

export function TopBar({ user }: { user: User }) {
  const projectId = useMatch('/projects/:projectId/*')?.params.projectId;
  return (
    <header className={classes.bar} data-project={projectId ? true : undefined}>
      <a href="#main" className={classes.skip}>
        To the content
      </a>
      <Link to="/" className={classes.home} aria-label="Glyphsmith: your projects">
        <Mark />
        <span className={classes.word}>Glyphsmith</span>
      </Link>
      <div className={classes.slot}>{projectId && <ProjectSteps projectId={projectId} />}</div>
      <AccountMenu user={user} />
    </header>
  );
}
