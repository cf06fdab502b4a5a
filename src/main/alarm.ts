import type { Append } from "#audit/io";
import { PLATFORM_LOG } from "#kernel";
import type { Database } from "#platform/postgres";

export interface Alarm {
  readonly kind?: "platform.alarm" | "platform.incarnation";
  readonly alarm: string;
  readonly message: string;
}

/** What a person must hear of stands in the platform's own log, too. `by`: the part of the server that noticed. */
export async function recordAlarm(
  { database, append }: { readonly database: Database; readonly append: Append },
  by: string,
  { kind = "platform.alarm", alarm, message }: Alarm,
): Promise<void> {
  const claim = await database.claimFor(PLATFORM_LOG);
  if (claim === null) return;
  const observer = { type: "app", id: by } as const;
  await database.withTenant(claim, (tx) =>
    append(tx, {
      kind,
      outcome: kind === "platform.alarm" ? "failure" : "success",
      observer,
      initiator: observer,
      target: { type: "log", id: PLATFORM_LOG },
      requestId: by,
      body: { alarm, message },
    }),
  );
}
