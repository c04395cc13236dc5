import { Button, Group, Pagination, Stack, Tabs, Text } from '@mantine/core';
import { IconPlus } from '@tabler/icons-react';
import { useMemo, useState } from 'react';
import { Link } from 'react-router';
import { useImagesChanged } from '@/api/images';
import { useAddToProject } from '@/api/predictions';
import type { Prediction, Project } from '@/api/types';
import { CodeBlock } from '@/ui/CodeBlock';
import { plural } from '@/ui/format';
import classes from './Answer.module.css';
import { compactJson } from './compactJson';
import { Fields } from './Fields';
import { Picture } from './Picture';

function AddButton({ prediction, project }: { prediction: Prediction; project: Project }) {
  const add = useAddToProject();
  const changed = useImagesChanged();
  if (add.data) {
    return (
      <Stack gap={4} align="flex-start">
        <Button component={Link} to={`/projects/${project.id}/annotate/${add.data.image_id}`} variant="light">
          Added. Review it
        </Button>
        {add.data.notes.map((note) => (
          <Text key={note} size="sm" c="dimmed">
            {note}
          </Text>
        ))}
      </Stack>
    );
  }
  return (
    <Button
      variant="default"
      leftSection={<IconPlus size={16} />}
      loading={add.isPending}
      onClick={() => add.mutate(prediction.id, { onSuccess: () => changed(project.id) })}
    >
      Add to project as annotation
    </Button>
  );
}

/** What the version answered: the picture with its fields over it, the fields as a table, the JSON behind both. */
export function Answer({ prediction, project }: { prediction: Prediction; project: Project | undefined }) {
  const [pageNumber, setPageNumber] = useState(1);
  const [active, setActive] = useState<number | null>(null);
  const page = prediction.pages[pageNumber - 1];
  const colours = useMemo(
    () => new Map(project?.labels.map(({ name, colour }) => [name, colour])),
    [project?.labels],
  );
  if (!page) return <Text>There is no page in this answer.</Text>;
  const took = prediction.milliseconds;
  return (
    <div className={classes.columns}>
      <div>
        <Picture page={page} colours={colours} active={active} onActive={setActive} />
        {prediction.pages.length > 1 && (
          <Pagination mt="md" total={prediction.pages.length} value={pageNumber} onChange={setPageNumber} />
        )}
      </div>
      <Stack gap="md" miw={0}>
        <Text c="dimmed" size="sm">
          {plural(page.regions.length, 'field')} by v{prediction.version}
          {took !== null && ` in ${(took / 1000).toFixed(took < 1000 ? 2 : 1)} s`}
        </Text>
        <Tabs defaultValue="fields" keepMounted={false}>
          <Tabs.List mb="sm">
            <Tabs.Tab value="fields">Fields</Tabs.Tab>
            <Tabs.Tab value="json">JSON</Tabs.Tab>
          </Tabs.List>
          <Tabs.Panel value="fields">
            <Fields regions={page.regions} colours={colours} active={active} onActive={setActive} />
          </Tabs.Panel>
          <Tabs.Panel value="json">
            <CodeBlock code={compactJson(prediction)} label="JSON of the answer" maxHeight={520} />
          </Tabs.Panel>
        </Tabs>
        {project && project.role !== 'viewer' && (
          <Group>
            <AddButton key={prediction.id} prediction={prediction} project={project} />
          </Group>
        )}
      </Stack>
    </div>
  );
}
