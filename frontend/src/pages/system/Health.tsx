import { Text, Title } from '@mantine/core';
import { IconCircleCheck, IconCircleX } from '@tabler/icons-react';
import type { Health as HealthState, Process } from '@/api/types';
import { bytes } from '@/ui/format';
import { Processes } from './Processes';
import classes from './System.module.css';

const NAMES: Record<string, string> = {
  database: 'Database',
  broker: 'Broker',
  disk: 'Disk',
  worker_default: 'Worker for imports and mails',
  worker_predict: 'Worker for predictions',
  worker_training: 'Worker for training',
  files: 'Files',
};

const SETTINGS: Record<string, string> = {
  version: 'Version',
  public_url: 'Address',
  data_folder: 'Data folder',
  database: 'Database',
  mail: 'Mail',
  signup: 'Sign-up',
  max_upload_bytes: 'Largest file',
  max_archive_bytes: 'Largest archive',
  max_image_pixels: 'Largest image',
};

export function settingText(key: string, value: unknown): string {
  if (typeof value === 'number' && key.endsWith('_bytes')) return bytes(value);
  if (typeof value === 'number' && key.endsWith('_pixels')) return `${(value / 1e6).toFixed(0)} megapixels`;
  if (key === 'mail') return value === 'smtp' ? 'by SMTP' : 'into the outbox here';
  if (key === 'signup') return value === 'open' ? 'open to everybody' : 'by invitation';
  return String(value);
}

interface Props {
  health: HealthState;
  processes: Process[];
  settings: Record<string, unknown>;
}

export function Health({ health, processes, settings }: Props) {
  return (
    <>
      <ul className={classes.checks}>
        {Object.entries(health.checks).map(([key, { ok, message }]) => (
          <li key={key} className={classes.check}>
            {ok ? (
              <IconCircleCheck size={20} color="var(--good)" aria-label="Works" />
            ) : (
              <IconCircleX size={20} color="var(--danger)" aria-label="Does not work" />
            )}
            <div>
              <Text fw={500} lh={1.4}>
                {NAMES[key] ?? key}
              </Text>
              <Text size="sm" c={ok ? 'dimmed' : 'var(--danger)'}>
                {message || (ok ? 'Works' : 'Does not answer')}
              </Text>
            </div>
          </li>
        ))}
      </ul>
      {processes.length > 0 && <Processes processes={processes} />}
      <Title order={2} size="h4" mt={40} mb="sm">
        Settings
      </Title>
      <dl className={classes.settings}>
        {Object.entries(settings).map(([key, value]) => (
          <div key={key}>
            <dt>{SETTINGS[key] ?? key}</dt>
            <dd>{settingText(key, value)}</dd>
          </div>
        ))}
      </dl>
    </>
  );
}
