import '@mantine/charts/styles.css';
import { BarChart } from '@mantine/charts';
import { Text } from '@mantine/core';
import type { Usage } from '@/api/types';
import { plural } from '@/ui/format';

/** Every one of the last days, those without predictions too. */
export function filled(days: Usage['days'], today: Date, length: number): Usage['days'] {
  const counts = new Map(days.map(({ date, count }) => [date, count]));
  return Array.from({ length }, (_, index) => {
    const day = new Date(today);
    day.setUTCDate(day.getUTCDate() - (length - 1 - index));
    const date = day.toISOString().slice(0, 10);
    return { date, count: counts.get(date) ?? 0 };
  });
}

const shortDate = (date: string) =>
  new Date(`${date}T00:00:00Z`).toLocaleDateString('en-GB', {
    day: 'numeric',
    month: 'short',
    timeZone: 'UTC',
  });

export function UsageChart({ days }: { days: Usage['days'] }) {
  const shown = filled(days, new Date(), 14);
  const total = shown.reduce((sum, { count }) => sum + count, 0);
  if (total === 0) return <Text c="dimmed">None in the last fourteen days.</Text>;
  return (
    <>
      <Text mb="sm">{plural(total, 'prediction')} in fourteen days.</Text>
      <BarChart
        h={160}
        data={shown.map(({ date, count }) => ({ day: shortDate(date), Predictions: count }))}
        dataKey="day"
        series={[{ name: 'Predictions', color: 'jade.5' }]}
        yAxisProps={{ allowDecimals: false, width: 40 }}
        maxBarWidth={24}
        barProps={{ radius: [3, 3, 0, 0], isAnimationActive: false }}
      />
    </>
  );
}
