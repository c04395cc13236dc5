import type { DataCheck, Project, Session, TrainEstimate } from '@/api/types';
import { minutesRange, plural } from '@/ui/format';

/** Why training cannot be started now, as a sentence, or null when it can. */
export function whyNot(project: Project, check: DataCheck): string | null {
  if (project.role !== 'owner') return 'Only an owner of this project can train it.';
  if (project.run) return `Run ${project.run.number} is not over yet. One run of a project goes at a time.`;
  if (check.ready) return null;
  if (check.ready === null) return check.failure || 'Your data is being looked at first.';
  const refusal = check.findings.find(({ severity }) => severity === 'refuse');
  return refusal?.message ?? 'The data cannot be trained as it is.';
}

/** How long it will take, judged by earlier runs on this machine. */
export function minutesExpected(estimate: TrainEstimate): string {
  const { minutes_expected, minutes_low, minutes_high, based_on } = estimate;
  if (minutes_expected === null)
    return `${minutesRange(minutes_low, minutes_high)}, guessed by your images and this machine's cores`;
  const minutes = Math.max(1, Math.round(minutes_expected));
  return `About ${plural(minutes, 'minute')}, judged by ${plural(based_on, 'run')}`;
}

/** How the person will learn that it is over. */
export function mailNote(mail: Session['mail'], email: string): string {
  if (mail === 'smtp') return `You need not wait: a mail goes to ${email} when it is over.`;
  return 'You need not wait. A mail about the end is written to the outbox of this installation.';
}
