import '@mantine/charts/styles.css';
import { LineChart } from '@mantine/charts';
import { Text } from '@mantine/core';
import type { Epoch } from '@/api/types';
import { percent } from '@/ui/format';
import { axisTo } from './axis';
import classes from './Curves.module.css';

interface Curve {
  key: keyof Epoch;
  name: string;
  color: string;
}

interface ChartPlan {
  title: string;
  curves: Curve[];
  rate: boolean;
  /** What its curves cannot tell by themselves. */
  note?: string;
  /** The end of the upright axis where it is known beforehand. */
  top?: number;
}

const LOSS: ChartPlan = {
  title: 'Loss',
  note: '0 is perfect',
  rate: false,
  curves: [
    { key: 'loss', name: 'Trained on', color: 'gray.5' },
    { key: 'held_out_loss', name: 'Set aside', color: 'jade.5' },
  ],
};

const PARTS: { part: string; title: string; charts: ChartPlan[] }[] = [
  {
    part: 'finder',
    title: 'Finding the fields',
    charts: [
      LOSS,
      {
        title: 'Fields found (F1)',
        rate: true,
        top: 1,
        curves: [{ key: 'f1', name: 'F1', color: 'jade.5' }],
      },
    ],
  },
  {
    part: 'reader',
    title: 'Reading them',
    charts: [
      LOSS,
      { title: 'Characters wrong', rate: true, curves: [{ key: 'cer', name: 'CER', color: 'jade.5' }] },
      {
        title: 'Read exactly',
        rate: true,
        top: 1,
        curves: [{ key: 'exact', name: 'Exact', color: 'jade.5' }],
      },
    ],
  },
];

function highest(curves: Curve[], epochs: Epoch[]): number {
  return Math.max(...curves.flatMap(({ key }) => epochs.map((epoch) => Number(epoch[key] ?? 0))));
}

function Chart({ plan, epochs }: { plan: ChartPlan; epochs: Epoch[] }) {
  const curves = plan.curves.filter(({ key }) =>
    epochs.some((epoch) => epoch[key] !== null && epoch[key] !== undefined),
  );
  if (curves.length === 0) return null;
  const last = epochs.at(-1)?.epochs ?? epochs.length;
  const format = (value: number) => (plan.rate ? percent(value, value < 0.1 ? 1 : 0) : value.toPrecision(3));
  const { ticks, digits } = axisTo(plan.top ?? highest(curves, epochs));
  const mark = (value: number) =>
    plan.rate ? percent(value, Math.max(0, digits - 2)) : value.toFixed(value === 0 ? 0 : digits);
  return (
    <figure className={classes.chart}>
      <figcaption className={classes.caption}>
        {plan.title}
        {curves.length > 1 &&
          curves.map(({ key, name, color }) => (
            <span key={key} className={classes.legend}>
              <span style={{ background: `var(--mantine-color-${color.replace('.', '-')})` }} />
              {name}
            </span>
          ))}
        {plan.note && <span className={classes.legend}>{plan.note}</span>}
      </figcaption>
      <LineChart
        h={168}
        data={epochs as unknown as Record<string, unknown>[]}
        dataKey="epoch"
        series={curves.map(({ key, name, color }) => ({ name: key, label: name, color }))}
        curveType="monotone"
        strokeWidth={2}
        withDots={epochs.length < 2}
        connectNulls
        valueFormatter={format}
        xAxisProps={{ type: 'number', domain: [1, Math.max(2, last)], allowDecimals: false, tickCount: 5 }}
        yAxisProps={{ width: 56, domain: [0, ticks.at(-1) ?? 1], ticks, interval: 0, tickFormatter: mark }}
        lineChartProps={{ accessibilityLayer: true }}
        lineProps={{ isAnimationActive: false }}
      />
    </figure>
  );
}

/** The curves of a run, growing with every epoch. */
export function Curves({ epochs }: { epochs: Epoch[] }) {
  const parts = PARTS.map((part) => ({
    ...part,
    epochs: epochs.filter((epoch) => epoch.part === part.part),
  })).filter((part) => part.epochs.length > 0);
  return (
    <>
      {parts.map(({ part, title, charts, epochs: own }) => (
        <section key={part} aria-label={title}>
          <Text fw={600} mb="sm">
            {title}
          </Text>
          <div className={classes.charts}>
            {charts.map((plan) => (
              <Chart key={plan.title} plan={plan} epochs={own} />
            ))}
          </div>
        </section>
      ))}
    </>
  );
}
