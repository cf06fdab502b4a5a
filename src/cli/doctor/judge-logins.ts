// The logins that see every tenant's hashes, each apart from the server's own.

import type { Findings } from "./findings.ts";
import { fail, ifKnown, ok, warn, type Line } from "./line.ts";

export function judgeLogins({ logins }: Findings): readonly Line[] {
  return [
    ...ifKnown(
      logins.sequencer,
      "The sequencer's login",
      "Give its own user in SEQUENCER_DATABASE_URL to countersign migrate and to the server.",
      (given) => [
        given
          ? ok("The sequencer has its own login.")
          : fail(
              "The sequencer has no login: no entry gets its place in the audit log, and the server does not start.",
              "Set SEQUENCER_DATABASE_URL, run countersign migrate, which makes the user, and give it to the server.",
            ),
      ],
    ),
    ...ifKnown(
      logins.verifier,
      "The verifier's login",
      "Give its own user in VERIFIER_DATABASE_URL to countersign migrate.",
      (given) => [
        given
          ? ok("The verifier has its own login, which reads every hash and no body.")
          : warn(
              "The verifier has no login: the audit log cannot be verified in the database.",
              "Set VERIFIER_DATABASE_URL and run countersign migrate, which makes the user.",
            ),
      ],
    ),
  ];
}
