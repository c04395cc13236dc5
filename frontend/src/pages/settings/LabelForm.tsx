import {
  Alert,
  Button,
  ColorInput,
  Group,
  SegmentedControl,
  Stack,
  TagsInput,
  TextInput,
} from '@mantine/core';
import { useForm } from '@mantine/form';
import { useMutation } from '@tanstack/react-query';
import { ApiError, sentence } from '@/api/client';
import type { LabelFields } from '@/api/projects';
import type { Label } from '@/api/types';
import classes from './Settings.module.css';

/** Colours that stand out on photographs and from one another. */
const COLOURS = [
  '#2aa392',
  '#e8590c',
  '#1c7ed6',
  '#e64980',
  '#f2b705',
  '#7048e8',
  '#37b24d',
  '#d6336c',
  '#15aabf',
];

type Kind = 'any' | 'pattern' | 'words';

interface Values {
  name: string;
  colour: string;
  kind: Kind;
  pattern: string;
  words: string[];
}

function initial(label: Label | undefined): Values {
  const kind = label?.words.length ? 'words' : label?.pattern ? 'pattern' : 'any';
  return {
    name: label?.name ?? '',
    colour: label?.colour ?? '',
    kind,
    pattern: label?.pattern ?? '',
    words: label?.words ?? [],
  };
}

/** What is sent: only one of pattern and words holds, and an empty colour is left to the server. */
export function fieldsOf({ name, colour, kind, pattern, words }: Values): LabelFields & { name: string } {
  return {
    name: name.trim(),
    ...(colour ? { colour } : {}),
    pattern: kind === 'pattern' ? pattern : '',
    words: kind === 'words' ? words : [],
  };
}

interface Props {
  label?: Label;
  onSave: (fields: LabelFields & { name: string }) => Promise<unknown>;
  onClose: () => void;
}

export function LabelForm({ label, onSave, onClose }: Props) {
  const form = useForm<Values>({
    initialValues: initial(label),
    validate: {
      name: (name) => (name.trim() ? null : 'Give the label a name.'),
    },
  });
  const save = useMutation({
    mutationFn: (values: Values) => onSave(fieldsOf(values)),
    onSuccess: onClose,
    onError: (error) => {
      if (error instanceof ApiError) {
        form.setErrors(
          Object.fromEntries(Object.entries(error.fields).map(([key, said]) => [key, said.join(' ')])),
        );
      }
    },
    meta: { quiet: true },
  });
  const above = save.isError && Object.keys(form.errors).length === 0 ? sentence(save.error) : null;
  return (
    <form className={classes.form} onSubmit={form.onSubmit((values) => save.mutate(values))}>
      <Stack gap="sm">
        {above && (
          <Alert color="red" variant="light" role="alert">
            {above}
          </Alert>
        )}
        <Group align="flex-start" gap="sm">
          <TextInput
            label="Name"
            placeholder="invoice_date"
            autoFocus
            flex={1}
            miw={180}
            {...form.getInputProps('name')}
          />
          <ColorInput
            label="Colour"
            placeholder="Chosen for you"
            format="hex"
            swatches={COLOURS}
            w={180}
            {...form.getInputProps('colour')}
          />
        </Group>
        <div>
          <SegmentedControl
            aria-label="What its text may be"
            data={[
              { value: 'any', label: 'Any text' },
              { value: 'pattern', label: 'A pattern' },
              { value: 'words', label: 'A word list' },
            ]}
            {...form.getInputProps('kind')}
          />
        </div>
        {form.values.kind === 'pattern' && (
          <TextInput
            label="Pattern"
            description="A regular expression that the whole text fits. \p{L} is a letter and \p{N} a digit of any script."
            placeholder="[A-Z]{2}[0-9]{2}[A-Z]{1,2}[0-9]{4}"
            classNames={{ input: classes.mono }}
            {...form.getInputProps('pattern')}
          />
        )}
        {form.values.kind === 'words' && (
          <TagsInput
            label="Words"
            description="Enter after each. A text is one of them."
            acceptValueOnBlur
            {...form.getInputProps('words')}
          />
        )}
        <Group gap="xs" justify="flex-end">
          <Button variant="default" onClick={onClose}>
            Cancel
          </Button>
          <Button type="submit" loading={save.isPending}>
            {label ? 'Save' : 'Make the label'}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
