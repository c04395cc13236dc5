import { expect, test } from 'vitest';
import type { Version } from '@/api/types';
import { usualOf } from './usual';

const version = (number: number, live: boolean) => ({ number, live }) as Version;

test.each([
  [[version(3, false), version(2, true), version(1, false)], 2, true],
  [[version(2, false), version(1, false)], 2, false],
  [[], undefined, false],
  [undefined, undefined, false],
])('who answers where no version was chosen %#', (versions, number, live) => {
  const usual = usualOf(versions);
  expect([usual.version?.number, usual.live]).toEqual([number, live]);
});
