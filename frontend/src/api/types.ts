/** What the server says and takes, as JSON. Ids are UUID strings, times ISO 8601 in UTC. */

export type Id = string;
export type Point = [number, number];
/** Four corners, clockwise from the text's top left, in pixels of the upright image. */
export type Quad = [Point, Point, Point, Point];

export type Role = 'owner' | 'annotator' | 'viewer';
export type ImageState = 'todo' | 'annotated' | 'reviewed';
export type Origin = 'person' | 'import' | 'suggestion';

export interface Page<T> {
  results: T[];
  next: string | null;
  previous: string | null;
}

export interface Person {
  id: number;
  email: string;
  name: string;
}

export interface User extends Person {
  is_staff: boolean;
}

/** A person as the administrator sees them. Neither active nor shut out: invited, and not in yet. */
export interface Resident extends User {
  is_active: boolean;
  shut_out: boolean;
  /** How many are not revoked. */
  api_keys: number;
  last_login: string | null;
}

/** What is asked for a new password. */
export interface NewPassword {
  current: string;
  password: string;
  revoke_keys: boolean;
}

/** Who has a new password, and what became of the API keys. */
export interface Renewed extends User {
  keys_revoked: number;
  keys_left: number;
}

export interface Session {
  user: User | null;
  first_visit: boolean;
  signup: 'open' | 'invitation';
  version: string;
  workers: { default: boolean; predict: boolean; training: boolean };
  mail: 'smtp' | 'outbox';
  /** Little room is left on the server's disk: what writes much is refused with 507. */
  disk_short: boolean;
  device: string | null;
}

export interface ApiKey {
  id: Id;
  name: string;
  prefix: string;
  created_at: string;
  last_used_at: string | null;
  revoked_at: string | null;
  /** The key itself: only in the answer that makes it. */
  key?: string;
}

export interface Invitation {
  email: string;
  link?: string;
  expires_at: string;
}

export interface Label {
  id: Id;
  name: string;
  colour: string;
  /** Its place among the labels: the first nine are chosen by the keys 1 to 9. */
  position: number;
  pattern: string;
  words: string[];
}

export interface Project {
  id: Id;
  name: string;
  is_sample: boolean;
  role: Role;
  created_at: string;
  updated_at: string;
  /** Predictions are kept for; 0: not beyond the answer. */
  prediction_days: number;
  counts: { images: number; todo: number; annotated: number; reviewed: number; regions: number };
  labels: Label[];
  strip: string[];
  live: { version: number; accuracy: number | null } | null;
  /** The number of the newest version, live or not. */
  newest: number | null;
  run: { id: Id; number: number; state: RunState; fraction: number | null } | null;
}

export interface Member {
  user: Person;
  role: Role;
  invited?: boolean;
}

export interface ThinRegion {
  quad: Quad;
  label: Id;
}

export interface Region {
  id: Id;
  label: Id;
  quad: Quad;
  text: string;
  origin: Origin;
  confidence: number | null;
  version: number;
  updated_at: string;
}

/** A picture as the list shows it. */
export interface Image {
  id: Id;
  name: string;
  /** In which it was uploaded: names alone may repeat. */
  folder: string;
  /** From 0. */
  page: number;
  /** Of its file. */
  pages: number;
  width: number;
  height: number;
  bytes: number;
  state: ImageState;
  /** Which side of the split it was on when a version was trained; empty of one that none has seen. */
  side: 'train' | 'test' | '';
  version: number;
  created_at: string;
  file_url: string;
  thumbnail_url: string;
  regions: ThinRegion[];
  region_count: number;
}

/** A picture as the annotation page needs it. */
export interface FullImage extends Omit<Image, 'regions'> {
  regions: Region[];
  /** Labels that are said not to be on the image. */
  absent: Id[];
  previous: Id | null;
  next: Id | null;
  position: number;
  total: number;
}

export interface RegionSaved {
  region: Region;
  image: { id: Id; version: number; state: ImageState; absent: Id[] };
}

export interface Format {
  key: string;
  name: string;
  description: string;
  reads: boolean;
  writes: boolean;
  extension: string;
}

export interface ImportReport {
  imported: number;
  images: number;
  left_out: { row: number | null; name: string; reason: string }[];
  /** May be more than are listed. */
  left_out_count: number;
  /** Rows that wait for a word on which picture their boxes were drawn. */
  held: number;
  notes: string[];
}

export type ImportState = 'waiting' | 'running' | 'done' | 'failed' | 'cancelled';

export interface Import {
  id: Id;
  format: string;
  name: string;
  state: ImportState;
  done: number;
  total: number;
  /** A sentence where it was taken up again, or cannot go on yet. */
  note: string;
  report: ImportReport | null;
  failure: string | null;
  started_by: Person;
  created_at: string;
  finished_at: string | null;
}

export interface UploadAnswer {
  images: Image[];
  duplicates: { name: string; image_id: Id }[];
  import: Import | null;
}

export type Severity = 'refuse' | 'warn' | 'note';

export interface Finding {
  code: string;
  severity: Severity;
  message: string;
  image_ids: Id[];
  count: number;
}

export interface CheckSummary {
  images: number;
  annotated: number;
  regions: number;
  train: number;
  test: number;
}

/** What was found in the data as it is (`done`) or as it was before; of a check never ended: null, null and nothing. */
export interface DataCheck {
  state: 'done' | 'checking' | 'failed';
  /** Of `total` annotated images, while it is `checking`. */
  done: number;
  total: number;
  failure: string;
  ready: boolean | null;
  summary: CheckSummary | null;
  findings: Finding[];
}

export type RunState =
  | 'queued'
  | 'preparing'
  | 'training'
  | 'evaluating'
  | 'exporting'
  | 'ready'
  | 'failed'
  | 'cancelled';

export interface RunProgress {
  step?: string | null;
  part?: string | null;
  epoch?: number | null;
  epochs?: number | null;
  fraction?: number | null;
  seconds_left?: number | null;
  message?: string | null;
  loss?: number | null;
  held_out_loss?: number | null;
  cer?: number | null;
  exact?: number | null;
  f1?: number | null;
}

export interface Run {
  id: Id;
  number: number;
  project: Id;
  state: RunState;
  queue_position: number | null;
  /** Queued, and not begun while the server's disk is nearly full. */
  waits_for_room: boolean;
  created_at: string;
  started_at: string | null;
  finished_at: string | null;
  started_by: Person | null;
  progress: RunProgress;
  steps: Record<string, string>;
  device: string | null;
  failure: string | null;
  version: { id: Id; number: number; accuracy: number | null; live: boolean; note: string } | null;
  network: ReadsWith;
  spec: Record<string, unknown>;
  counts: Record<string, unknown>;
  attempts: number;
  seconds: number | null;
  /** A cancel was asked for; the run stops where it next reports. */
  cancelling: boolean;
}

/** What a run or a version reads with. */
export interface ReadsWith {
  key: string;
  name: string;
  /** Null where the network has convolutions of its own kind. */
  tower: string | null;
  rectifier: string | null;
}

export interface Epoch {
  part: string;
  epoch: number;
  epochs: number;
  loss: number | null;
  held_out_loss: number | null;
  cer: number | null;
  exact: number | null;
  f1: number | null;
  seconds: number | null;
  lr: number | null;
  time: string;
}

export interface TrainEstimate {
  network: string;
  name: string;
  start: string;
  minutes_expected: number | null;
  /** Likely at least and at most; a guess where `based_on` is 0. */
  minutes_low: number;
  minutes_high: number;
  based_on: number;
  device: string;
  /** Where the network cannot read all of the project's texts. */
  warning: string | null;
}

export type Tower = 'own' | 'pretrained';
export type Rectifier = 'affine' | 'projective' | 'tps';
export type ExportFormat = 'litert' | 'savedmodel';

export interface Network {
  key: string;
  name: string;
  what: string;
  guidance: string;
  paper: string;
  papers: { name: string; url: string | null }[];
  parameters: number;
  default: boolean;
  /** What its weights start from: published ones, those of what it stands on alone, or nothing. */
  starts: 'pretrained' | 'tower' | 'nothing';
  /** What it can stand on, the usual one first. */
  towers: Tower[];
  /** The longest text it reads, in characters; 0: any. */
  most: number;
  /** The formats it cannot be exported to, each with why. */
  not_as: Partial<Record<ExportFormat, string>>;
}

/** What is trained: the network and what goes with it. */
export interface Choices {
  network: string | null;
  tower: Tower | null;
  rectifier: Rectifier | null;
  exports: ExportFormat[];
}

/** A picture of what the network looked at. */
export interface Look {
  kind: 'attention' | 'glimpses' | 'rectified';
  url: string;
  text: string;
  truth: string;
}

export interface Version {
  id: Id;
  number: number;
  accuracy: number | null;
  live: boolean;
  note: string;
  sentence: string;
  bundle_url: string;
  created_at: string;
  run: Id;
  network: ReadsWith;
}

export type ComparisonState = 'waiting' | 'running' | 'done' | 'failed';

/** Versions measured on the same images, as the list shows it. */
export interface ComparisonLine {
  id: Id;
  project: Id;
  state: ComparisonState;
  versions: number[];
  done: number;
  total: number;
  failure: string;
  created_at: string;
  finished_at: string | null;
}

export interface Comparison extends ComparisonLine {
  result: ComparisonResult | null;
}

export interface ComparedVersion {
  id: Id;
  run: Id;
  number: number;
  network: ReadsWith;
  /** On whole pictures: found, and read exactly. */
  exact: Rate;
  exact_normalised: Rate;
  cer: number;
  /** The reader alone. */
  given_region: Rate;
  cer_given_region: number;
  found: number;
  regions: number;
  invented: number;
  milliseconds: number;
  megabytes: number;
  minutes: number | null;
}

export interface Difference {
  image: string;
  image_id: Id;
  label: string;
  quad: number[][];
  truth: string;
  /** By the version's number; null where it found nothing there. */
  readings: Record<string, string | null>;
  right: number[];
  crop: string;
}

export interface ComparisonResult {
  images: number;
  some_only: number;
  gone: number;
  skipped: number;
  labels: string[];
  sentence: string;
  counts: { fields: number; all_right: number; some_right: number; none_right: number };
  versions: ComparedVersion[];
  differing: number;
  differences: Difference[];
}

/** `right` of `of`, with the range it likely lies in; shares from 0 to 1. */
export interface Rate {
  right: number;
  of: number;
  share: number;
  low: number;
  high: number;
}

export interface TextScores {
  exact: Rate;
  exact_normalised: Rate;
  cer: number;
  cer_normalised: number;
}

/** From a share to a share: a 95 % interval. */
export type Range = [number, number];

/** `matched` of `regions` true ones; `found` were returned in all. Versions of earlier releases lack the ranges. */
export interface FinderScores {
  regions: number;
  found: number;
  matched: number;
  precision: number;
  recall: number;
  f1: number;
  precision_range?: Range;
  recall_range?: Range;
  f1_range?: Range;
}

export interface Scores {
  finder: FinderScores;
  /** Given the true region. */
  reading: TextScores;
  /** On whole pictures: found and read. */
  end_to_end: TextScores;
  /** A found region counts only where its text is right too. What follows is lacking in earlier releases' versions. */
  fields?: FinderScores | null;
  fields_normalised?: FinderScores | null;
  calibration?: { of: number; confidence: number; right: number; error: number } | null;
}

export interface Miss {
  kind: 'missed' | 'misread' | 'invented';
  image: string;
  label: string;
  truth: string | null;
  reading: string | null;
  given_region: string | null;
  confidence: number | null;
  edits: number;
  crop: string | null;
  /** Null where the image was deleted. */
  image_id: Id | null;
  /** That was missed or misread; null where it is gone, and of what was found where nothing is. */
  region: Id | null;
}

export interface Evaluation {
  images: number;
  skipped: string[];
  overall: Scores;
  labels: Record<string, Scores>;
  misses: Miss[];
  milliseconds: number;
  /** The published, untrained networks on the same images. */
  start?: Scores | null;
  parity?: { photos: number; crops: number; finder: number; reader: number } | null;
  /** The labels whose texts have points, signs or case: they are right only as typed. */
  typed?: string[];
  /** The numbers in words, by their subject. */
  sentences: Record<string, string>;
}

export interface PredictedRegion {
  /** Its name in the project now. */
  label: string;
  /** null: the label was deleted since. */
  label_id: Id | null;
  quad: Quad;
  text: string;
  /** How likely the text is exactly right, 0 to 1. */
  confidence: number;
  finder_score: number;
  /** Each with its own confidence. */
  characters: [string, number][];
  /** The finder is unsure; each annotated image holds such a field, so its likeliest place is given. */
  doubtful?: boolean;
}

export interface PredictionPage {
  id: Id;
  page: number;
  width: number;
  height: number;
  file_url: string;
  thumbnail_url: string;
  regions: PredictedRegion[];
}

export interface AddedToProject {
  image_id: Id;
  image_ids: Id[];
  /** What did not become a suggestion, and why, in sentences. */
  notes: string[];
}

export interface Prediction {
  id: Id;
  state: 'waiting' | 'done' | 'failed';
  version: number;
  name: string;
  milliseconds: number | null;
  failure: string | null;
  url: string;
  created_at: string;
  pages: PredictionPage[];
}

export interface Usage {
  days: { date: string; count: number }[];
  model_id: string;
  base_url: string;
}

export interface Health {
  status: 'ok' | 'degraded';
  checks: Record<string, { ok: boolean; message: string }>;
}

/** One of the programs that the launcher started on this machine. */
export interface Process {
  name: string;
  pid: number | null;
  state: string;
  restarts: number;
  last_exit: number | null;
}

export interface SystemState {
  health: Health;
  outbox: { name: string; to: string; subject: string; sent_at: string }[];
  people: Resident[];
  processes: Process[];
  settings: Record<string, unknown>;
}

export interface OutboxMail {
  subject: string;
  to: string;
  from: string;
  text: string;
  html: string;
}
