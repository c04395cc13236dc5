/** The one sentence about saving that the footer shows. */

/** `full`: the server's disk; `busy`: its database, with somebody else's long write. */
export type Trouble = 'offline' | 'full' | 'busy' | 'signed-out' | null;

export interface Problem {
  id: string;
  image: string;
  kind: 'conflict' | 'refused';
  message: string;
}

export interface SaveStatus {
  /** Changes on their way or waiting. */
  unsaved: number;
  trouble: Trouble;
  problems: readonly Problem[];
  /** Regions that wait for the project's first label. */
  unlabelled: number;
}

export function phrase({ unsaved, trouble, problems, unlabelled }: SaveStatus): string {
  if (problems.length === 1) return 'One change needs you';
  if (problems.length > 1) return `${problems.length} changes need you`;
  if (trouble === 'signed-out') return 'Not saved yet: signed out';
  if (trouble === 'full') return "Not saved yet: the server's disk is full, retrying";
  if (trouble === 'busy') return 'Not saved yet: the server is busy, retrying';
  if (trouble === 'offline') return 'Not saved yet: no connection, retrying';
  if (unsaved > 0) return 'Saving …';
  if (unlabelled > 0) return 'Not saved yet: name the label';
  return 'All changes saved';
}
