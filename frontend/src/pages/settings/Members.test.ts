import { expect, test } from 'vitest';
import type { Member } from '@/api/types';
import { admitted } from './Members';

const bob: Member = { user: { id: 2, email: 'bob@example.org', name: '' }, role: 'annotator' };

test.each([
  [{}, 'smtp', /is a member now/],
  [{ invited: true }, 'smtp', /is invited by mail/],
  [{ invited: true }, 'outbox', /the administrator finds the link in the outbox/],
] as const)('whoever adds a member learns how the invitation travels %#', (change, mail, said) => {
  expect(admitted({ ...bob, ...change }, mail)).toMatch(said);
});
