import { Skeleton, Tabs } from '@mantine/core';
import { ApiError, sentence } from '@/api/client';
import { useSystem } from '@/api/system';
import { EmptyState } from '@/ui/EmptyState';
import { PageFrame } from '@/ui/PageFrame';
import { Health } from './Health';
import { Outbox } from './Outbox';
import { People } from './People';

const isForbidden = (error: Error) => error instanceof ApiError && error.status === 403;

/** The administrator's look at the installation. */
export default function SystemPage() {
  const { data, error } = useSystem();
  if (!data) {
    return (
      <PageFrame title="System">
        {!error && <Skeleton height={320} />}
        {error && (
          <EmptyState
            title={isForbidden(error) ? 'This page is the administrator’s' : 'It could not be loaded'}
          >
            {isForbidden(error)
              ? 'Whoever made the first account of this installation sees its health, mails and people here.'
              : sentence(error)}
          </EmptyState>
        )}
      </PageFrame>
    );
  }
  return (
    <PageFrame title="System">
      <Tabs defaultValue="health" keepMounted={false}>
        <Tabs.List mb="lg">
          <Tabs.Tab value="health">Health</Tabs.Tab>
          <Tabs.Tab value="outbox">Outbox {data.outbox.length > 0 && data.outbox.length}</Tabs.Tab>
          <Tabs.Tab value="people">People {data.people.length}</Tabs.Tab>
        </Tabs.List>
        <Tabs.Panel value="health">
          <Health health={data.health} processes={data.processes} settings={data.settings} />
        </Tabs.Panel>
        <Tabs.Panel value="outbox">
          <Outbox mails={data.outbox} />
        </Tabs.Panel>
        <Tabs.Panel value="people">
          <People people={data.people} />
        </Tabs.Panel>
      </Tabs>
    </PageFrame>
  );
}
