import { millis } from "#kernel";
import type { Millis } from "#kernel";

export interface GateLimits {
  /** GitHub's own caps: what lies behind them is listed by no API. */
  readonly commits: number;
  readonly files: number;
  readonly reviews: number;
  readonly timelineItems: number;
  readonly checks: number;
  readonly activityPages: number;
  /** Other open pull requests with the same head that are judged; more make the verdict fail. */
  readonly siblings: number;
  /** People asked about in one query. */
  readonly peoplePerQuery: number;
  /** Events within this time of the first make one evaluation. */
  readonly settle: Millis;
  /** Facts this young (by the database's clock) are published without asking for the head again. */
  readonly fresh: Millis;
  readonly mergeTries: number;
  /** A merge that was asked for and is not begun after this is begun again. */
  readonly requestAge: Millis;
  /** A pass this old is decided again: permissions may have changed without an event. */
  readonly passAge: Millis;
  /** What cannot be decided is looked at again when it has been so for twice as long as at the last look, and no later than this. */
  readonly errorAge: Millis;
  /** The organisation's file is read again after this; before a merge always. */
  readonly organisationAge: Millis;
  readonly redeliveries: number;
  /** Migration files read for one pull request, bytes of each, findings kept of each, files remembered. */
  readonly migrationFiles: number;
  readonly migrationBytes: number;
  readonly migrationFindings: number;
  readonly migrationsKept: number;
  /** Pages of annotations that are read before more are added. */
  readonly annotationPages: number;
}

export const limits: GateLimits = {
  commits: 250,
  files: 3000,
  reviews: 2000,
  timelineItems: 2000,
  checks: 2000,
  activityPages: 3,
  siblings: 5,
  peoplePerQuery: 25,
  settle: millis(1_000),
  fresh: millis(10_000),
  mergeTries: 3,
  requestAge: millis(5 * 60_000),
  passAge: millis(30 * 60_000),
  errorAge: millis(10 * 60_000),
  organisationAge: millis(60_000),
  redeliveries: 5,
  migrationFiles: 20,
  migrationBytes: 512 * 1024,
  migrationFindings: 100,
  migrationsKept: 500,
  annotationPages: 10,
};
