import { Button, Menu } from '@mantine/core';
import {
  IconChevronDown,
  IconDownload,
  IconFolder,
  IconPhotoPlus,
  IconTable,
  IconUpload,
} from '@tabler/icons-react';
import { useRef } from 'react';
import { withQuery } from '@/api/client';
import { useFormats } from '@/api/images';
import type { Project } from '@/api/types';
import { isLeftBehind } from '@/ui/droppedFiles';

export const ACCEPTED = 'image/*,.heic,.heif,.pdf,.zip,.tif,.tiff,.bmp,.webp';

function useFileChoosers(onFiles: (files: File[]) => void) {
  const files = useRef<HTMLInputElement>(null);
  const folder = useRef<HTMLInputElement>(null);
  const take = (input: HTMLInputElement) => {
    onFiles([...(input.files ?? [])].filter((file) => !isLeftBehind(file.name)));
    // The same file may be chosen again.
    input.value = '';
  };
  const inputs = (
    <>
      <input
        ref={files}
        type="file"
        multiple
        hidden
        accept={ACCEPTED}
        data-testid="choose-files"
        onChange={(event) => take(event.currentTarget)}
      />
      <input
        ref={folder}
        type="file"
        multiple
        hidden
        {...{ webkitdirectory: '' }}
        onChange={(event) => take(event.currentTarget)}
      />
    </>
  );
  return { inputs, chooseFiles: () => files.current?.click(), chooseFolder: () => folder.current?.click() };
}

export function UploadButton({ onFiles, size }: { onFiles: (files: File[]) => void; size?: 'md' }) {
  const { inputs, chooseFiles, chooseFolder } = useFileChoosers(onFiles);
  return (
    <Menu withinPortal={false} position="bottom-end" shadow="md">
      {inputs}
      <Menu.Target>
        <Button
          size={size}
          leftSection={<IconUpload size={16} />}
          rightSection={<IconChevronDown size={14} />}
        >
          Upload
        </Button>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Item leftSection={<IconPhotoPlus size={16} />} onClick={chooseFiles}>
          Images, PDFs or a ZIP…
        </Menu.Item>
        <Menu.Item leftSection={<IconFolder size={16} />} onClick={chooseFolder}>
          A folder…
        </Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}

interface Props {
  project: Project;
  onFiles: (files: File[]) => void;
  onImport: () => void;
}

export function Toolbar({ project, onFiles, onImport }: Props) {
  const { data: formats = [] } = useFormats();
  const exportAddress = (format: string) => withQuery(`/api/v1/projects/${project.id}/export`, { format });
  return (
    <>
      <Menu withinPortal={false} position="bottom-end" shadow="md">
        <Menu.Target>
          <Button
            variant="default"
            leftSection={<IconTable size={16} />}
            rightSection={<IconChevronDown size={14} />}
          >
            Annotations
          </Button>
        </Menu.Target>
        <Menu.Dropdown>
          {project.role !== 'viewer' && (
            <>
              <Menu.Item leftSection={<IconUpload size={16} />} onClick={onImport}>
                Import a table…
              </Menu.Item>
              <Menu.Divider />
            </>
          )}
          {formats
            .filter(({ writes }) => writes)
            .map(({ key, name }) => (
              <Menu.Item
                key={key}
                component="a"
                href={exportAddress(key)}
                download
                leftSection={<IconDownload size={16} />}
              >
                Export as {name}
              </Menu.Item>
            ))}
        </Menu.Dropdown>
      </Menu>
      {project.role !== 'viewer' && <UploadButton onFiles={onFiles} />}
    </>
  );
}
