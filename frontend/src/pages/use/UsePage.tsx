import { ActionIcon, Button, CopyButton, Group, Skeleton, Stack, Tabs, Text, Title } from '@mantine/core';
import { IconCheck, IconCopy, IconKey } from '@tabler/icons-react';
import { useState } from 'react';
import { Link, useParams } from 'react-router';
import { useKeyActions, useUsage } from '@/api/predictions';
import { useProject } from '@/api/projects';
import type { Project } from '@/api/types';
import { CodeBlock } from '@/ui/CodeBlock';
import { PageFrame } from '@/ui/PageFrame';
import { pagesOfUse, SubNav } from '@/ui/SubNav';
import { curl, javascript, KEY_PLACEHOLDER, nineSteps, type Place, python } from './snippets';
import { UsageChart } from './UsageChart';
import classes from './UsePage.module.css';

function Fact({ name, value }: { name: string; value: string }) {
  return (
    <div className={classes.fact}>
      <dt>{name}</dt>
      <dd>
        <code>{value}</code>
        <CopyButton value={value}>
          {({ copied, copy }) => (
            <ActionIcon
              variant="subtle"
              color="gray"
              onClick={copy}
              aria-label={`Copy the ${name.toLowerCase()}`}
            >
              {copied ? <IconCheck size={16} color="var(--good)" /> : <IconCopy size={16} />}
            </ActionIcon>
          )}
        </CopyButton>
      </dd>
    </div>
  );
}

function KeyMaker({
  project,
  made,
  onMade,
}: {
  project: Project;
  made: string;
  onMade: (key: string) => void;
}) {
  const { make } = useKeyActions();
  if (made) {
    return (
      <Stack gap="xs" className={classes.key}>
        <Text size="sm">
          Your new key stands in the code below. <b>It is shown this once</b>: copy it now.
        </Text>
        <CodeBlock code={made} label="API key" />
      </Stack>
    );
  }
  return (
    <Group gap="sm" className={classes.key}>
      <Text size="sm" flex={1} miw={220}>
        Every call needs an API key. Make one and it stands in the code below, ready to copy; yours are listed
        under{' '}
        <Link to="/keys" className={classes.link}>
          API keys
        </Link>
        .
      </Text>
      <Button
        leftSection={<IconKey size={16} />}
        loading={make.isPending}
        onClick={() => make.mutate(project.name, { onSuccess: (key) => onMade(key.key ?? '') })}
      >
        Make a key
      </Button>
    </Group>
  );
}

function Code({ place }: { place: Place }) {
  return (
    <Tabs defaultValue="curl" keepMounted={false}>
      <Tabs.List mb="sm">
        <Tabs.Tab value="curl">curl</Tabs.Tab>
        <Tabs.Tab value="python">Python</Tabs.Tab>
        <Tabs.Tab value="javascript">JavaScript</Tabs.Tab>
      </Tabs.List>
      <Tabs.Panel value="curl">
        <CodeBlock code={curl(place)} label="curl command" />
      </Tabs.Panel>
      <Tabs.Panel value="python">
        <CodeBlock code={python(place)} label="Python code" />
      </Tabs.Panel>
      <Tabs.Panel value="javascript">
        <CodeBlock code={javascript(place)} label="JavaScript code" />
      </Tabs.Panel>
    </Tabs>
  );
}

export default function UsePage() {
  const { projectId = '' } = useParams();
  const { data: project } = useProject(projectId);
  const { data: usage } = useUsage(projectId);
  const [key, setKey] = useState('');
  const ready = project && usage;
  const place: Place = {
    base: (usage?.base_url || window.location.origin).replace(/\/$/, ''),
    modelId: usage?.model_id ?? projectId,
    key: key || KEY_PLACEHOLDER,
    label: project?.labels[0]?.name ?? 'number_plate',
  };
  return (
    <PageFrame>
      <SubNav label="Use" pages={pagesOfUse(projectId)} />
      {!ready ? (
        <Skeleton height={480} />
      ) : (
        <Stack gap={40} className={classes.page}>
          <section aria-labelledby="call-title">
            <Title order={1} size="h3" id="call-title" mb="xs">
              Call it from a program
            </Title>
            {!project.live && (
              <Text c="var(--warn)" mb="sm">
                {project.newest === null ? (
                  'No version is live yet: calls are refused until one is trained.'
                ) : (
                  <>
                    No version is live: calls are refused until one is. Make one live{' '}
                    <Link to={`/projects/${projectId}/runs`} className={classes.link}>
                      on the page of its run
                    </Link>
                    , or train again with more images.
                  </>
                )}
              </Text>
            )}
            <dl className={classes.facts}>
              <Fact name="Address" value={place.base} />
              <Fact name="Model id" value={place.modelId} />
            </dl>
            <KeyMaker project={project} made={key} onMade={setKey} />
            <Code place={place} />
          </section>
          <section aria-labelledby="usage-title">
            <Title order={2} size="h4" id="usage-title" mb="sm">
              Predictions in the last days
            </Title>
            <UsageChart days={usage.days} />
          </section>
          <section aria-labelledby="steps-title">
            <Title order={2} size="h4" id="steps-title" mb={4}>
              The whole way in nine steps
            </Title>
            <Text c="dimmed" mb="md">
              Everything the pages here do can be done from a shell. Programs written for the Nanonets API run
              here with nothing but the host changed.
            </Text>
            <ol className={classes.steps}>
              {nineSteps(place).map(({ title, code }) => (
                <li key={title}>
                  <Text mb={6}>{title}</Text>
                  <CodeBlock code={code} label={title} />
                </li>
              ))}
            </ol>
          </section>
        </Stack>
      )}
    </PageFrame>
  );
}
