import { expect, test } from 'vitest';
import { filled } from './UsageChart';

test('days without predictions stand between those with some, today last', () => {
  const days = [
    { date: '2026-02-27', count: 3 },
    { date: '2026-03-01', count: 5 },
    { date: '2026-01-01', count: 9 },
  ];
  expect(filled(days, new Date('2026-03-01T12:00:00Z'), 4)).toEqual([
    { date: '2026-02-26', count: 0 },
    { date: '2026-02-27', count: 3 },
    { date: '2026-02-28', count: 0 },
    { date: '2026-03-01', count: 5 },
  ]);
});
