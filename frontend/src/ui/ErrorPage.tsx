import { Button, Group } from '@mantine/core';
import { IconAlertTriangle, IconMapOff } from '@tabler/icons-react';
import { Link, useRouteError } from 'react-router';
import { sentence } from '@/api/client';
import { EmptyState } from './EmptyState';

export function NotFound({ what = 'page' }: { what?: string }) {
  return (
    <EmptyState
      icon={<IconMapOff size={32} stroke={1.5} />}
      title={`There is no such ${what}`}
      action={
        <Button component={Link} to="/" variant="default">
          To your projects
        </Button>
      }
    >
      It may have been deleted, or it is not shared with you.
    </EmptyState>
  );
}

/** Shown when a page broke or its code could not be loaded. */
export function ErrorPage() {
  const error = useRouteError();
  return (
    <EmptyState
      icon={<IconAlertTriangle size={32} stroke={1.5} />}
      title="This page could not be shown"
      action={
        <Group justify="center">
          <Button onClick={() => window.location.reload()}>Reload</Button>
          <Button component="a" href="/" variant="default">
            To your projects
          </Button>
        </Group>
      }
    >
      {sentence(error)}
    </EmptyState>
  );
}
