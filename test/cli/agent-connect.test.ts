// What is printed for an agent's program, and for whom: settings that name nobody would be looked for on that machine for an hour.

import { describe, expect, it } from "vitest";
import { agent, type AgentPorts } from "#cli";
import { ranWith } from "./terminal.ts";

const never = (): never => expect.unreachable();
const connect = (args: readonly string[], look: AgentPorts["look"] = async () => ({ kind: "active" })) =>
  ranWith(
    agent({
      now: never,
      add: never,
      list: never,
      key: never,
      revoke: never,
      url: () => "http://127.0.0.1:3000",
      look,
    }),
    ["agent", "connect", ...args],
  );
const BOT = ["--tenant", "acme", "--agent", "bot"];
const URL_GIVEN = ["--url", "https://countersign.example.com"];

describe("countersign agent connect", () => {
  it.each(["claude-code", "codex", "copilot", "openhands", "generic"])(
    "prints the settings of %s, with the address that was given, and no key",
    async (kind) => {
      const { out, err, status } = await connect([kind, ...BOT, ...URL_GIVEN]);
      expect({ err, status }).toEqual({ err: [], status: 0 });
      expect(out.join("\n")).toContain("https://countersign.example.com/");
      expect(out.join("\n")).toContain("COUNTERSIGN_AGENT_KEY");
      expect(out.join("\n")).toContain('countersign agent key "bot" --tenant acme');
    },
  );

  it.each(["claude-code", "codex", "copilot", "openhands", "generic"])(
    "and for one repository, where one is given: %s",
    async (kind) => {
      const { out } = await connect([kind, ...BOT, ...URL_GIVEN, "--repository", "acme/shop"]);
      expect(out.join("\n")).toContain("acme/shop");
    },
  );

  it("closes Codex's sandbox: no profile but those without network, and no model that answers for a person", async () => {
    const { out } = await connect(["codex", ...BOT, ...URL_GIVEN]);
    const text = out.join("\n");
    expect(text).toContain('allowed_approvals_reviewers = ["user"]');
    expect(text).toContain('default_permissions = ":workspace"');
    expect(/\[allowed_permission_profiles\]\n([^[]*)\n\n/.exec(text)?.[1]?.trim().split(/\n\s*/)).toEqual([
      '":read-only" = true',
      '":workspace" = true',
    ]);
    // What it does not close is said where it is printed.
    expect(text).toContain("codex sandbox -P PROFILE");
  });

  it("says which address it took, where none was given", async () => {
    const { out, err } = await connect(["codex", ...BOT]);
    expect(out.join("\n")).toContain("http://127.0.0.1:3000/mcp");
    expect(err).toEqual([expect.stringContaining("taken to be at http://127.0.0.1:3000. If the agent reaches it elsewhere: --url")]); // prettier-ignore
  });

  it("prints on a machine from which nobody can be asked, and says so", async () => {
    const { out, err, status } = await connect(["codex", ...BOT, ...URL_GIVEN], async () => ({ kind: "nowhere" }));
    expect({ status, printed: out.length }).toEqual({ status: 0, printed: 1 });
    expect(err).toEqual([expect.stringContaining("countersign agent list --tenant acme")]);
  });

  it.each<[string, readonly string[], AgentPorts["look"], string]>([
    ["an agent that there is not", ["codex", ...BOT], async () => ({ kind: "refused", problems: ["no such agent"] }), "no such agent"], // prettier-ignore
    ["one that is revoked", ["codex", ...BOT], async () => ({ kind: "revoked" }), "bot is revoked"],
    ["a program that there is not", ["emacs", ...BOT], never, "There are: claude-code, codex"],
    ["an address that is none", ["codex", ...BOT, "--url", "ftp://x"], never, "--url takes a web address"],
    ["a repository that is none", ["codex", ...BOT, "--repository", "shop"], never, "owner/name"],
  ])("refuses %s, and prints nothing to copy", async (_, args, look, says) => {
    const { out, err, status } = await connect(args, look);
    expect({ out, status }).toEqual({ out: [], status: 2 });
    expect(err.join("\n")).toContain(says);
  });
});
