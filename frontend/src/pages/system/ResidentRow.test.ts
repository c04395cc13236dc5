import { expect, test } from 'vitest';
import { standing } from './ResidentRow';

const alice = {
  id: 1,
  email: 'alice@example.org',
  name: 'Alice',
  is_staff: false,
  is_active: true,
  shut_out: false,
  api_keys: 0,
  last_login: null,
};

test.each([
  [{}, ''],
  [{ is_staff: true }, 'administrator'],
  [{ is_active: false }, 'not in yet'],
  [{ is_active: false, shut_out: true, is_staff: true }, 'shut out'],
])('%j is shown as %j', (change, shown) => {
  expect(standing({ ...alice, ...change })).toBe(shown);
});
