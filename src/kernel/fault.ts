/** A bug or a lost dependency. Expected outcomes are return values, not faults. Each code has its row in docs/errors.md. */
export type FaultCode =
  | "config_invalid"
  | "database_unavailable"
  | "database_refused"
  | "schema_mismatch"
  | "log_unavailable"
  | "github_unavailable"
  | "github_refused"
  | "github_rate_limited"
  | "github_scope_mismatch"
  | "broker_unavailable"
  | "log_diverged"
  | "anchor_unavailable"
  | "tenant_unknown"
  | "tenant_inactive"
  | "input_invalid"
  | "keys_unavailable"
  | "issuer_unavailable"
  | "mail_unavailable"
  | "slack_unavailable"
  | "tickets_unowned"
  | "invariant_broken";

export class Fault extends Error {
  readonly code: FaultCode;
  /** When the lost dependency says it may be asked again. */
  readonly retryAfterMs: number | undefined;

  constructor(code: FaultCode, message: string, options: { cause?: unknown; retryAfterMs?: number } = {}) {
    super(message, options.cause === undefined ? {} : { cause: options.cause });
    this.name = "Fault";
    this.code = code;
    this.retryAfterMs = options.retryAfterMs;
  }
}
