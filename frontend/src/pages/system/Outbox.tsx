import { Modal, SegmentedControl, Skeleton, Stack, Text } from '@mantine/core';
import { IconMail } from '@tabler/icons-react';
import { useState } from 'react';
import { useOutboxMail } from '@/api/system';
import type { SystemState } from '@/api/types';
import { EmptyState } from '@/ui/EmptyState';
import { dateTime } from '@/ui/format';
import classes from './System.module.css';

function Mail({ name }: { name: string }) {
  const { data: mail } = useOutboxMail(name);
  const [form, setForm] = useState<'html' | 'text'>('html');
  if (!mail) return <Skeleton height={400} />;
  const showHtml = form === 'html' && mail.html !== '';
  return (
    <Stack gap="sm">
      <Text size="sm" c="dimmed">
        From {mail.from} to {mail.to}
      </Text>
      {mail.html && (
        <SegmentedControl
          aria-label="Form of the mail"
          w="fit-content"
          size="xs"
          value={form}
          onChange={(value) => setForm(value as 'html' | 'text')}
          data={[
            { value: 'html', label: 'As it looks' },
            { value: 'text', label: 'Text' },
          ]}
        />
      )}
      {showHtml ? (
        // No scripts, no forms; links open in a tab of their own.
        <iframe
          className={classes.mail}
          title={mail.subject}
          sandbox="allow-popups allow-popups-to-escape-sandbox"
          srcDoc={`<base target="_blank">${mail.html}`}
        />
      ) : (
        <pre className={classes.text}>{mail.text}</pre>
      )}
    </Stack>
  );
}

export function Outbox({ mails }: { mails: SystemState['outbox'] }) {
  const [open, setOpen] = useState<string | null>(null);
  const chosen = mails.find(({ name }) => name === open);
  if (mails.length === 0) {
    return (
      <EmptyState icon={<IconMail size={40} stroke={1.25} />} title="The outbox is empty">
        Without a mail server (EMAIL_URL) every mail is written here, where it can be read.
      </EmptyState>
    );
  }
  return (
    <>
      <ul className={classes.mails}>
        {mails.map(({ name, to, subject, sent_at }) => (
          <li key={name}>
            <button type="button" className={classes.mailRow} onClick={() => setOpen(name)}>
              <span className={classes.subject}>{subject}</span>
              <span className={classes.to}>{to}</span>
              <span className={classes.time}>{dateTime(sent_at)}</span>
            </button>
          </li>
        ))}
      </ul>
      <Modal opened={chosen !== undefined} onClose={() => setOpen(null)} title={chosen?.subject} size="xl">
        {chosen && <Mail name={chosen.name} />}
      </Modal>
    </>
  );
}
