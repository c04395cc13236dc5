import type { Project } from '@/api/types';
import { percent } from './format';

export interface Step {
  to: string;
  /** Further paths that belong to the step. */
  also: string[];
  name: string;
  /** What the step stands at, in a word or two. */
  state: string;
  /** The same where there is little room. */
  short: string;
  done: boolean;
  busy: boolean;
}

const RUNNING: Record<string, string> = {
  queued: 'waits',
  preparing: 'preparing',
  training: 'training',
  evaluating: 'evaluating',
  exporting: 'exporting',
};

function trainState({ run, live, newest }: Project): string {
  if (run) {
    const word = RUNNING[run.state] ?? run.state;
    return run.fraction ? `${word} ${percent(run.fraction)}` : word;
  }
  if (!live) return newest === null ? '' : `v${newest}, not live`;
  return live.accuracy === null ? `v${live.version}` : `v${live.version} · ${percent(live.accuracy)}`;
}

/** The four steps of the work with where each stands. */
export function stepsOf(project: Project): Step[] {
  const { images, annotated, reviewed } = project.counts;
  const seen = annotated + reviewed;
  return [
    {
      to: 'images',
      also: [],
      name: 'Images',
      state: String(images),
      short: String(images),
      done: images > 0,
      busy: false,
    },
    {
      to: 'annotate',
      also: [],
      name: 'Annotate',
      state: images > 0 ? `${seen} / ${images}` : '',
      short: images > 0 ? `${seen} / ${images}` : '',
      done: images > 0 && seen === images,
      busy: false,
    },
    {
      to: 'train',
      also: ['runs'],
      name: 'Train',
      state: trainState(project),
      short: project.run
        ? percent(project.run.fraction ?? 0)
        : project.live
          ? `v${project.live.version}`
          : '',
      done: project.live !== null,
      busy: project.run !== null,
    },
    {
      to: 'try',
      also: ['use'],
      name: 'Use',
      state: project.live ? `live: v${project.live.version}` : '',
      short: project.live ? `v${project.live.version}` : '',
      done: project.live !== null,
      busy: false,
    },
  ];
}
