// Nothing of one tenant is reached from, or named in, anything of the other.

import { expect } from "vitest";
import { those } from "../happened.ts";
import type { Trace } from "./records.ts";

export function checkTenants({ happened, records }: Trace): void {
  for (const own of records) {
    const others = records.filter(({ side }) => side !== own.side);
    const names = others.flatMap(({ tenant, prefix, rows }) => [
      tenant,
      prefix,
      ...rows.flatMap(({ call_id, approval_id }) => [call_id, ...(approval_id === null ? [] : [approval_id])]),
    ]);
    const answers = those(happened, "answered").filter(({ side }) => side === own.side);
    const packets = those(happened, "signed").filter(({ side }) => side === own.side);
    const text = [
      own.text,
      ...answers.map(({ answer }) => JSON.stringify(answer)),
      ...packets.map(({ signed }) => Buffer.from(signed.bytes).toString("utf8")),
    ].join("\n");
    expect(
      names.filter((name) => text.includes(name)),
      "21: no entry, answer or packet names anything of another tenant",
    ).toEqual([]);
  }
  expect(
    those(happened, "crossed").filter(({ reached }) => reached),
    "21: another tenant's call and approval are none",
  ).toEqual([]);
}
