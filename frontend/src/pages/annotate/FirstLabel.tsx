import { Button, TextInput } from '@mantine/core';
import { useState } from 'react';
import { sentence } from '@/api/client';
import { useLabelActions } from '@/api/projects';
import classes from './Rail.module.css';

/** A project without labels gets its first one where it is missed. */
export function FirstLabel({ projectId }: { projectId: string }) {
  const [name, setName] = useState('');
  const { create } = useLabelActions(projectId);
  return (
    <form
      className={classes.first}
      onSubmit={(event) => {
        event.preventDefault();
        if (name.trim()) create.mutate({ name: name.trim() });
      }}
    >
      <TextInput
        label="What do the boxes hold?"
        description="The name of the field to read, for instance number_plate. More can follow in the settings."
        placeholder="number_plate"
        value={name}
        onChange={(event) => setName(event.currentTarget.value)}
        error={create.error ? sentence(create.error) : undefined}
        maxLength={60}
      />
      <Button type="submit" loading={create.isPending} disabled={!name.trim()}>
        Create the label
      </Button>
    </form>
  );
}
