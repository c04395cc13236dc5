import { Alert, Button, PasswordInput, Stack, TextInput } from '@mantine/core';
import { useForm } from '@mantine/form';
import { useMutation } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { ApiError, sentence } from '@/api/client';

export type FieldName = 'name' | 'email' | 'password' | 'newPassword';

const FIELDS = {
  name: { label: 'Your name', type: 'text', autoComplete: 'name', required: false, description: undefined },
  email: { label: 'Email', type: 'email', autoComplete: 'email', required: true, description: undefined },
  password: {
    label: 'Password',
    type: 'password',
    autoComplete: 'current-password',
    required: true,
    description: undefined,
  },
  newPassword: {
    label: 'Password',
    type: 'password',
    autoComplete: 'new-password',
    required: true,
    description: 'At least 8 characters, not a common word.',
  },
} as const;

export interface AccountValues {
  name: string;
  email: string;
  password: string;
}

interface Props {
  fields: FieldName[];
  submit: string;
  /** What else can be chosen, above the button. */
  children?: ReactNode;
  onSubmit: (values: AccountValues) => Promise<unknown>;
}

/** The server's field errors by field, and what is left to say above the form. */
function phrase(error: unknown): { fields: Partial<AccountValues>; above: string | null } {
  if (!(error instanceof ApiError)) return { fields: {}, above: sentence(error) };
  const fields: Partial<AccountValues> = {};
  for (const key of ['name', 'email', 'password'] as const) {
    const messages = error.fields[key];
    if (messages?.length) fields[key] = messages.join(' ');
  }
  return { fields, above: Object.keys(fields).length > 0 ? null : error.message };
}

/** A short form of the fields an account needs. */
export function AccountForm({ fields, submit, children, onSubmit }: Props) {
  const form = useForm<AccountValues>({ initialValues: { name: '', email: '', password: '' } });
  const send = useMutation({
    mutationFn: onSubmit,
    onError: (error) => form.setErrors(phrase(error).fields),
    meta: { quiet: true },
  });
  const above = send.isError ? phrase(send.error).above : null;
  return (
    <form onSubmit={form.onSubmit((values) => send.mutate(values))}>
      <Stack>
        {above && (
          <Alert color="red" variant="light" role="alert">
            {above}
          </Alert>
        )}
        {fields.map((name, index) => {
          const field = FIELDS[name];
          const key = name === 'newPassword' ? 'password' : name;
          const Input = field.type === 'password' ? PasswordInput : TextInput;
          return (
            <Input
              key={name}
              size="md"
              label={field.label}
              type={field.type === 'password' ? undefined : field.type}
              description={field.description}
              autoComplete={field.autoComplete}
              required={field.required}
              withAsterisk={false}
              autoFocus={index === 0}
              {...form.getInputProps(key)}
            />
          );
        })}
        {children}
        <Button type="submit" size="md" loading={send.isPending}>
          {submit}
        </Button>
      </Stack>
    </form>
  );
}
