export const TEMPLATE = "countersign_template";

/** What a test gets of the one PostgreSQL of the run. */
export interface ClusterAccess {
  readonly adminUrl: string;
  readonly appUrl: string;
  readonly sequencerUrl: string;
  readonly verifierUrl: string;
  readonly auditorUrl: string;
  readonly brokerUrl: string;
  readonly doerUrl: string;
  readonly claimKey: string;
}

export type ClusterAnswer = ClusterAccess | { readonly error: string };
