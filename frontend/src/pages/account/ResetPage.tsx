import { Anchor, Text } from '@mantine/core';
import { useState } from 'react';
import { Link } from 'react-router';
import { api } from '@/api/client';
import { useSession } from '@/api/session';
import { AccountForm } from './AccountForm';
import { AccountFrame } from './AccountFrame';

function Sent({ email }: { email: string }) {
  const { data: session } = useSession();
  return (
    <AccountFrame title="Look into your mail">
      <Text>
        If <b>{email}</b> has an account here, a mail with a link to set a new password is on its way.
      </Text>
      {session?.mail === 'outbox' && (
        <Text c="dimmed" size="sm" mt="sm">
          This installation has no mail server: its mails lie in its outbox, where an administrator can read
          them to you.
        </Text>
      )}
      <Anchor component={Link} to="/sign-in" mt="lg" display="block">
        To the sign-in
      </Anchor>
    </AccountFrame>
  );
}

export default function ResetPage() {
  const [sentTo, setSentTo] = useState<string | null>(null);
  if (sentTo) return <Sent email={sentTo} />;
  return (
    <AccountFrame title="Set a new password" intro="Give your address; a mail brings you a link.">
      <AccountForm
        fields={['email']}
        submit="Send the link"
        onSubmit={async ({ email }) => {
          await api.post('/api/v1/session/reset', { email });
          setSentTo(email);
        }}
      />
      <Anchor component={Link} to="/sign-in" size="sm" mt="lg" display="block">
        Back to the sign-in
      </Anchor>
    </AccountFrame>
  );
}
