import { Alert, Anchor, Button, Group, Loader, Select, SimpleGrid, Stack, Text, Title } from '@mantine/core';
import { IconPhotoScan, IconUpload } from '@tabler/icons-react';
import { useRef, useState } from 'react';
import { Link, useParams } from 'react-router';
import { sentence } from '@/api/client';
import { useImages } from '@/api/images';
import { useAsk, usePrediction } from '@/api/predictions';
import { useProject } from '@/api/projects';
import { useVersions } from '@/api/runs';
import type { Image, Version } from '@/api/types';
import { DropOverlay } from '@/ui/DropOverlay';
import { EmptyState } from '@/ui/EmptyState';
import { imageName, percent } from '@/ui/format';
import { PageFrame } from '@/ui/PageFrame';
import { pagesOfUse, SubNav } from '@/ui/SubNav';
import { useDropTarget } from '@/ui/useDropTarget';
import { Answer } from './Answer';
import classes from './TryPage.module.css';
import { usualOf } from './usual';

function NotTrained({ projectId }: { projectId: string }) {
  return (
    <EmptyState
      icon={<IconPhotoScan size={40} stroke={1.25} />}
      title="Nothing to try yet"
      action={
        <Button component={Link} to={`/projects/${projectId}/train`}>
          To the training
        </Button>
      }
    >
      Once a version is trained, you can drop an image here and see it read.
    </EmptyState>
  );
}

/** Those first that no version learnt from: they show what it can do. */
export function unseenFirst(images: Image[]): Image[] {
  return [...images].sort((a, b) => Number(a.side === 'train') - Number(b.side === 'train')).slice(0, 6);
}

/** Some of the project's own images, to try without looking for a file. */
function Samples({ images, onPick }: { images: Image[]; onPick: (image: Image) => void }) {
  if (images.length === 0) return null;
  return (
    <Stack gap="xs" mt="xl">
      <Text size="sm" c="dimmed">
        Or one of this project. What a version learnt from it reads better than what it has never seen.
      </Text>
      <SimpleGrid cols={{ base: 3, sm: 6 }} spacing="xs">
        {unseenFirst(images).map((image) => (
          <button key={image.id} type="button" className={classes.sample} onClick={() => onPick(image)}>
            <img src={image.thumbnail_url} alt={imageName(image)} loading="lazy" />
            {image.side === 'train' && <span className={classes.learnt}>learnt from</span>}
          </button>
        ))}
      </SimpleGrid>
    </Stack>
  );
}

function Drop({ onFile }: { onFile: (file: File) => void }) {
  const input = useRef<HTMLInputElement>(null);
  return (
    <button type="button" className={classes.drop} onClick={() => input.current?.click()}>
      <IconPhotoScan size={44} stroke={1.25} />
      <span className={classes.dropTitle}>Drop an image here</span>
      <span>or choose one: a photo, a scan, a PDF</span>
      <input
        ref={input}
        type="file"
        hidden
        accept="image/*,.heic,.heif,.pdf"
        data-testid="choose-try"
        onClick={(event) => event.stopPropagation()}
        onChange={(event) => {
          const file = event.currentTarget.files?.[0];
          if (file) onFile(file);
          event.currentTarget.value = '';
        }}
      />
    </button>
  );
}

/** Why there is no live version to ask, where the versions there are were held back. */
function NoneLive({ version, projectId }: { version: Version; projectId: string }) {
  return (
    <Alert color="yellow" variant="light" mb="md">
      <b>No version is live.</b> Here you ask v{version.number} all the same; programs are refused until a
      version is live. Make it live{' '}
      <Anchor component={Link} to={`/projects/${projectId}/runs/${version.run}`} inherit>
        on the page of its run
      </Anchor>
      , or{' '}
      <Anchor component={Link} to={`/projects/${projectId}/train`} inherit>
        train again
      </Anchor>{' '}
      with more images.
    </Alert>
  );
}

function versionChoices(versions: Version[]) {
  return versions.map(({ number, live, accuracy, network }) => ({
    value: String(number),
    label: [`v${number}`, accuracy !== null && percent(accuracy), network.name, live && 'live']
      .filter(Boolean)
      .join(' · '),
  }));
}

/** The question put to a version, and its answer as it comes in. `usual` answers where none was chosen; null: the live one. */
function useTrial(projectId: string, usual: number | null) {
  const ask = useAsk(projectId);
  const [file, setFile] = useState<File | null>(null);
  const [version, setVersion] = useState<number | null>(null);
  const { data: prediction } = usePrediction(ask.data?.id ?? null);
  const put = (next: File, by: number | null = version) => {
    setFile(next);
    ask.mutate({ file: next, version: by ?? usual });
  };
  const choose = (by: number) => {
    setVersion(by);
    if (file) put(file, by);
  };
  const clear = () => {
    setFile(null);
    ask.reset();
  };
  return { ask, file, version, prediction, put, choose, clear };
}

async function asFile(image: Image): Promise<File> {
  const blob = await (await fetch(image.file_url)).blob();
  return new File([blob], image.name, { type: blob.type });
}

function Waiting({ name }: { name: string }) {
  return (
    <Stack align="center" py={96} gap="sm" aria-live="polite">
      <Loader />
      <Text>Reading {name}…</Text>
    </Stack>
  );
}

export default function TryPage() {
  const { projectId = '' } = useParams();
  const { data: project } = useProject(projectId);
  const { data: versions } = useVersions(projectId);
  const { data: list } = useImages(projectId, {});
  const usual = usualOf(versions);
  const { ask, file, version, prediction, put, choose, clear } = useTrial(
    projectId,
    usual.live ? null : (usual.version?.number ?? null),
  );
  const trained = versions !== undefined && versions.length > 0;
  const over = useDropTarget((files) => files[0] && put(files[0]), trained);
  const samples = list?.pages[0]?.results ?? [];
  const failed = ask.isError
    ? sentence(ask.error)
    : prediction?.state === 'failed'
      ? prediction.failure
      : null;
  return (
    <PageFrame>
      <SubNav label="Use" pages={pagesOfUse(projectId)} />
      <Title order={1} size="h3" mb="sm">
        Try it
      </Title>
      {versions?.length === 0 && <NotTrained projectId={projectId} />}
      {trained && (
        <>
          {!usual.live && usual.version && <NoneLive version={usual.version} projectId={projectId} />}
          <Group justify="space-between" mb="md" mih={36}>
            <Select
              aria-label="Version"
              data={versionChoices(versions)}
              value={String(version ?? usual.version?.number ?? '')}
              onChange={(value) => value && choose(Number(value))}
              allowDeselect={false}
              w={260}
            />
            {file && (
              <Button variant="default" onClick={clear}>
                Another image
              </Button>
            )}
          </Group>
          {failed && (
            <Alert color="red" variant="light" mb="md" role="alert">
              {failed}
            </Alert>
          )}
          {file === null || failed ? (
            <>
              <Drop onFile={put} />
              <Samples
                images={samples}
                onPick={(image) => void asFile(image).then((picked) => put(picked))}
              />
            </>
          ) : prediction?.state === 'done' && !ask.isPending ? (
            <Answer prediction={prediction} project={project} />
          ) : (
            <Waiting name={file.name} />
          )}
        </>
      )}
      {over && <DropOverlay icon={<IconUpload size={40} stroke={1.5} />}>Drop to read</DropOverlay>}
    </PageFrame>
  );
}
