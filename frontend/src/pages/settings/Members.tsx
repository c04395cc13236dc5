import {
  ActionIcon,
  Alert,
  Avatar,
  Badge,
  Button,
  Group,
  Select,
  Skeleton,
  Text,
  TextInput,
} from '@mantine/core';
import { IconX } from '@tabler/icons-react';
import { useState } from 'react';
import { sentence } from '@/api/client';
import { useMemberActions, useMembers } from '@/api/projects';
import { useSession } from '@/api/session';
import type { Member, Project, Role, Session } from '@/api/types';
import { showDone, showUndo } from '@/ui/toasts';
import classes from './Settings.module.css';

const ROLES: { value: Role; label: string }[] = [
  { value: 'owner', label: 'Owner' },
  { value: 'annotator', label: 'Annotator' },
  { value: 'viewer', label: 'Viewer' },
];

/** Without a mail server the invitation lies where the administrator finds it. */
export function admitted({ invited, user }: Member, mail: Session['mail'] | undefined): string {
  if (!invited) return `${user.email} is a member now.`;
  if (mail !== 'outbox') return `${user.email} is invited by mail.`;
  return `${user.email} is invited. No mail server is set: the administrator finds the link in the outbox.`;
}

function AddMember({ project }: { project: Project }) {
  const { data: session } = useSession();
  const { add } = useMemberActions(project.id);
  const [email, setEmail] = useState('');
  const [role, setRole] = useState<Role>('annotator');
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        add.mutate(
          { email: email.trim(), role },
          {
            onSuccess: (member) => {
              setEmail('');
              showDone(admitted(member, session?.mail));
            },
          },
        );
      }}
    >
      {add.isError && (
        <Alert color="red" variant="light" mt="sm" role="alert">
          {sentence(add.error)}
        </Alert>
      )}
      <Group mt="sm" gap="xs" align="flex-end">
        <TextInput
          type="email"
          aria-label="Email of the new member"
          placeholder="Email"
          required
          value={email}
          onChange={(event) => setEmail(event.currentTarget.value)}
          flex={1}
          miw={200}
        />
        <Select
          aria-label="Role of the new member"
          data={ROLES}
          value={role}
          onChange={(value) => setRole((value as Role | null) ?? role)}
          allowDeselect={false}
          w={136}
        />
        <Button type="submit" variant="default" loading={add.isPending}>
          Add
        </Button>
      </Group>
    </form>
  );
}

interface RowProps {
  member: Member;
  project: Project;
  owner: boolean;
  self: boolean;
}

function Row({ member, project, owner, self }: RowProps) {
  const { add, change, remove } = useMemberActions(project.id);
  const { user, role, invited } = member;
  const takeOut = () =>
    remove.mutate(user.id, {
      onSuccess: () =>
        showUndo(`${user.email} is no longer a member.`, () => add.mutate({ email: user.email, role })),
    });
  return (
    <div className={`${classes.row} ${classes.member}`}>
      <Avatar size={32} radius="xl" color="gray" variant="light">
        {(user.name || user.email).slice(0, 1).toUpperCase()}
      </Avatar>
      <div className={classes.who}>
        <Text fw={500} lh={1.3}>
          {user.name || user.email} {self && '(you)'}
        </Text>
        {user.name && (
          <Text size="sm" c="dimmed" lh={1.3}>
            {user.email}
          </Text>
        )}
      </div>
      {invited && (
        <Badge variant="default" tt="none" fw={500}>
          invited
        </Badge>
      )}
      {owner ? (
        <>
          <Select
            aria-label={`Role of ${user.email}`}
            data={ROLES}
            value={role}
            onChange={(value) =>
              value && value !== role && change.mutate({ userId: user.id, role: value as Role })
            }
            allowDeselect={false}
            w={136}
          />
          <ActionIcon
            variant="subtle"
            color="gray"
            aria-label={`Take ${user.email} out of the project`}
            onClick={takeOut}
          >
            <IconX size={16} />
          </ActionIcon>
        </>
      ) : (
        <Text size="sm" c="dimmed">
          {ROLES.find(({ value }) => value === role)?.label}
        </Text>
      )}
    </div>
  );
}

export function Members({ project, owner }: { project: Project; owner: boolean }) {
  const { data: members } = useMembers(project.id);
  const { data: session } = useSession();
  return (
    <>
      <Text c="dimmed" mb="sm">
        Owners do everything, annotators upload and annotate, viewers look and predict.
      </Text>
      <div className={classes.list}>
        {members ? (
          members.map((member) => (
            <Row
              key={member.user.id}
              member={member}
              project={project}
              owner={owner}
              self={member.user.id === session?.user?.id}
            />
          ))
        ) : (
          <Skeleton height={52} />
        )}
      </div>
      {owner && <AddMember project={project} />}
    </>
  );
}
