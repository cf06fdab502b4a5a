// An agent has come upon a credential, and writes it where others read it: into a comment, a branch's name, a file that it proposes, a
// question on a ticket; plainly, or so that a scanner does not see it.

import { describe, expect, it } from "vitest";
import type { Asked } from "#gateway";
import { comment, propose, read, stageOf } from "../gateway/support/stage.ts";
import { testDatabase } from "../support/database.ts";

const t = await testDatabase();
const stage = stageOf(t, await t.tenant("acme", 1));
const TOKEN = `ghp_${"A1b2C3d4E5".repeat(4).slice(0, 36)}`;
const wide = (text: string): string =>
  Array.from(text, (letter) => String.fromCodePoint((letter.codePointAt(0) ?? 0) + 0xfee0)).join("");

const change = (more: Readonly<Record<string, string>>, content = "text\n"): Asked =>
  propose("src/a.ts", {
    arguments: {
      repository: "acme/shop",
      branch: "fix/one",
      title: "One",
      body: "Why.",
      changes: [{ kind: "write", path: "src/a.ts", content }],
      ...more,
    },
  });

describe("24 what looks like a credential leaves in no call that writes: RED, whoever says yes", () => {
  it.each<[string, Asked]>([
    ["a comment", comment(`Use ${TOKEN} for now.`)],
    ["a comment, with invisible letters inside", comment(Array.from(TOKEN).join("\u200b"))],
    ["a comment, in full-width letters", comment(wide(TOKEN))],
    ["a comment, in base64", comment(`See ${Buffer.from(`the token is ${TOKEN}`).toString("base64")}`)],
    ["a comment, in hexadecimal", comment(Buffer.from(`the token is ${TOKEN}`).toString("hex"))],
    ["a comment, beside words that would switch a scanner off", comment(`<!-- secretlint-disable -->\n${TOKEN}`)],
    ["a comment, as a connection string", comment("postgres://app:v9Kq2mZr@db.internal:5432/shop")],
    ["a comment, as a header", comment("Authorization: Bearer q8Zt5Lw2Rk9Xv3Bn7Ms1")],
    ["the title of a proposal", change({ title: `One ${TOKEN}` })],
    ["the description of a proposal", change({ body: `Because of\n${TOKEN}` })],
    ["the branch of a proposal", change({ branch: `fix/${TOKEN}` })],
    ["a file that is proposed", change({}, `export const token = "${TOKEN}";\n`)],
    ["a password in a file that is proposed", change({}, 'const password = "Tr0ub4dor&3x";\n')],
    ["the path of a file that is proposed", propose(`src/${TOKEN}.ts`)],
    ["a question on a ticket", read({ tool: "ticket.ask", arguments: { ticket: "ACME-7", question: `Is ${TOKEN} yours?` } })],
    ["a mail to a customer", read({ tool: "email.notify", arguments: { ticket: "ACME-7", subject: "It is fixed", body: `Sign in with ${TOKEN}.` } })],
  ])("in %s", async (_, asked) => {
    expect(await stage.gateway.handle(stage.who, asked, 10_000)).toMatchObject({
      kind: "refused",
      code: "policy_red",
      rules: expect.arrayContaining([expect.objectContaining({ id: "never.send_credentials" })]),
    });
    expect(stage.sent()).toEqual([]);
  }); // prettier-ignore
});
