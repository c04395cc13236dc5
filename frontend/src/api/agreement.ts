/**
 * Holds the types that the pages use against those made from the server's OpenAPI schema (`npm run api`). The pages' own
 * are narrower where the schema is loose (quads, progress); a field that the server no longer sends, or
 * sends as something else, does not compile here.
 */
import type { components } from './schema';
import type * as own from './types';

type Schema = components['schemas'];

/** Fields whose shape the schema leaves open are compared by their presence alone. */
type Open<T> = unknown extends T
  ? true
  : T extends Record<string, unknown>[] | Record<string, unknown>
    ? true
    : false;

/** The names of Mine that Theirs lacks, or has with a type that Mine does not fit into. */
type Amiss<Mine, Theirs> = {
  [K in keyof Mine]-?: K extends keyof Theirs
    ? Open<NonNullable<Theirs[K]>> extends true
      ? never
      : NonNullable<Mine[K]> extends NonNullable<Theirs[K]>
        ? never
        : K
    : K;
}[keyof Mine];

type Agree<Mine, Theirs> = [Amiss<Mine, Theirs>] extends [never] ? true : Amiss<Mine, Theirs>;

export type Agreements = [
  Agree<own.Session, Schema['SessionShape']>,
  Agree<own.ApiKey, Schema['NewApiKeyShape']>,
  Agree<own.Label, Schema['LabelShape']>,
  Agree<own.Member, Schema['MemberShape']>,
  Agree<own.Project, Schema['ProjectShape']>,
  Agree<own.Image, Schema['ImageShape']>,
  Agree<own.FullImage, Schema['WholeImageShape']>,
  Agree<own.Region, Schema['RegionShape']>,
  Agree<own.RegionSaved, Schema['SavedShape']>,
  Agree<own.Format, Schema['Format']>,
  Agree<own.Import, Schema['ImportShape']>,
  Agree<own.UploadAnswer, Schema['TakenShape']>,
  Agree<own.DataCheck, Schema['Check']>,
  Agree<own.Finding, Schema['Finding']>,
  Agree<own.Run, Schema['TrainingRun']>,
  Agree<own.TrainEstimate, Schema['EstimateShape']>,
  Agree<own.Network, Schema['NetworkShape']>,
  Agree<own.Version, Schema['VersionShape']>,
  Agree<own.ReadsWith, Schema['ReadsWith']>,
  Agree<own.Look, Schema['LookShape']>,
  Agree<own.ComparisonLine, Schema['ComparisonLineShape']>,
  Agree<own.Comparison, Schema['ComparisonShape']>,
  Agree<own.ComparisonResult, Schema['ComparisonResult']>,
  Agree<own.ComparedVersion, Schema['ComparedVersion']>,
  Agree<own.Difference, Schema['Difference']>,
  Agree<own.Evaluation, Schema['Evaluation']>,
  Agree<own.Scores, Schema['ScoresShape']>,
  Agree<own.Prediction, Schema['PredictionShape']>,
  Agree<own.Usage, Schema['UsageShape']>,
  Agree<own.SystemState, Schema['SystemShape']>,
  Agree<own.Resident, Schema['Resident']>,
  Agree<own.Renewed, Schema['RenewedAccount']>,
  Agree<own.OutboxMail, Schema['OutboxMail']>,
];

/** Fails to compile while any of them is not true; the message names the fields. */
type AllTrue<T extends true[]> = T;
export type Checked = AllTrue<Agreements>;
