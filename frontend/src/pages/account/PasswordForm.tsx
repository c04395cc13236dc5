import { Alert, Button, Checkbox, PasswordInput, Stack } from '@mantine/core';
import { useForm } from '@mantine/form';
import { useChangePassword } from '@/api/account';
import { ApiError, sentence } from '@/api/client';
import type { NewPassword } from '@/api/types';
import { plural } from '@/ui/format';
import { showDone } from '@/ui/toasts';

const EMPTY: NewPassword = { current: '', password: '', revoke_keys: false };

/** The server's words under the field they are about, or above the form. */
function phrase(error: unknown): { fields: Record<string, string>; above: string | null } {
  const told = error instanceof ApiError ? Object.entries(error.fields) : [];
  const fields = Object.fromEntries(
    told.filter(([name]) => name in EMPTY).map(([name, messages]) => [name, messages.join(' ')]),
  );
  return { fields, above: Object.keys(fields).length > 0 ? null : sentence(error) };
}

/** By the password of now, as the page may have been left open. `email`: so that password managers know whose it is. */
export function PasswordForm({ email }: { email: string }) {
  const form = useForm({ initialValues: EMPTY });
  const change = useChangePassword();
  const above = change.isError ? phrase(change.error).above : null;
  const send = (given: NewPassword) =>
    change.mutate(given, {
      onSuccess: ({ keys_revoked }) => {
        form.reset();
        const keys = keys_revoked > 0 ? ` ${plural(keys_revoked, 'API key')} revoked.` : '';
        showDone(`Your new password holds. Other sign-ins of yours have ended.${keys}`);
      },
      onError: (error) => form.setErrors(phrase(error).fields),
    });
  return (
    <form onSubmit={form.onSubmit(send)}>
      <Stack maw={400}>
        {above && (
          <Alert color="red" variant="light" role="alert">
            {above}
          </Alert>
        )}
        <input type="text" name="username" autoComplete="username" value={email} readOnly hidden />
        <PasswordInput
          label="Current password"
          autoComplete="current-password"
          required
          withAsterisk={false}
          {...form.getInputProps('current')}
        />
        <PasswordInput
          label="New password"
          description="At least 8 characters, not a common word."
          autoComplete="new-password"
          required
          withAsterisk={false}
          {...form.getInputProps('password')}
        />
        <Checkbox
          label="Revoke my API keys too"
          description="They go on working otherwise. Choose it if somebody else may know them."
          {...form.getInputProps('revoke_keys', { type: 'checkbox' })}
        />
        <Button type="submit" loading={change.isPending} w="fit-content">
          Change the password
        </Button>
      </Stack>
    </form>
  );
}
