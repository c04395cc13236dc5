import { expect, test } from 'vitest';
import { renewed } from './NewPasswordPage';

const alice = { id: 1, email: 'alice@example.org', name: 'Alice', is_staff: false };

test.each([
  [0, 0, 'Your new password holds from now on.'],
  [0, 1, 'Your new password holds from now on. 1 API key still good: see API keys.'],
  [0, 2, 'Your new password holds from now on. 2 API keys still good: see API keys.'],
  [3, 0, 'Your new password holds from now on. 3 API keys revoked.'],
])(
  'with a new password, what became of the keys is said (%i revoked, %i left)',
  (keys_revoked, keys_left, said) => {
    expect(renewed({ ...alice, keys_revoked, keys_left })).toBe(said);
  },
);
