// The pages for people in a real browser: readable by everybody, in both themes, and with a real (virtual) authenticator.

import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { AxeBuilder } from "@axe-core/playwright";
import { chromium, type Browser, type BrowserContextOptions, type Locator, type Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { listen, type Listening } from "#platform/http";
import type { AgentId } from "#kernel";
import { CHROMIUM_FLAGS, chromiumPath } from "../support/chromium.ts";
import { peopleStage } from "../support/people-stage.ts";
import { freePort } from "../support/free-port.ts";

const executablePath = chromiumPath();
/** Where a person who looks at the pages wants pictures of them. */
const PICTURES = process.env["PICTURES"] ?? null;

describe.skipIf(executablePath === null)(
  executablePath === null ? "skipped: needs chromium" : "the pages for people in a browser",
  async () => {
    const port = await freePort();
    const origin = `http://localhost:${port}`;
    const s = await peopleStage({ publicUrl: () => origin }, { served: true });
    const complaints: string[] = [];
    let browser: Browser;
    let server: Listening;
    let claude: AgentId;

    beforeAll(async () => {
      server = await listen(s.app, { host: "127.0.0.1", port });
      browser = await chromium.launch({ executablePath: executablePath ?? "", args: CHROMIUM_FLAGS });
      await s.person(s.acme, "ada", ["approver", "operator", "admin"]);
      await s.person(s.acme, "bob", ["viewer"]);
      await s.person(s.acme, "both", ["approver"]);
      await s.person(s.globex, "both", ["viewer"]);
      claude = await s.agent(s.acme, "claude", await s.person(s.acme, "cleo", ["approver"]));
      await s.ask(s.acme, claude);
      await s.ask(s.acme, claude, { risk: "high", quorum: 2 });
    });
    afterAll(async () => {
      await browser.close();
      await server.stop();
    });

    async function visit(options: BrowserContextOptions = {}): Promise<Page> {
      const context = await browser.newContext(options);
      const page = await context.newPage();
      page.on("console", (message) => {
        if (message.type() === "error") complaints.push(message.text());
      });
      page.on("pageerror", (error) => complaints.push(error.message));
      return page;
    }

    async function signIn(page: Page, login: string): Promise<void> {
      await page.goto(`${origin}/approvals`);
      await page.getByRole("link", { name: "Sign in with GitHub" }).click();
      await page.getByRole("heading", { name: "Who are you?" }).waitFor();
      await page.getByRole("link", { name: login, exact: true }).click();
      await page.waitForURL(`${origin}/**`);
    }

    /** Until the next page is there with its style sheet: before it, every colour is another one. */
    async function follow(page: Page, link: Locator): Promise<void> {
      const loaded = page.waitForEvent("load");
      await link.click();
      await loaded;
    }

    async function judge(page: Page, name: string): Promise<void> {
      if (PICTURES !== null) {
        mkdirSync(PICTURES, { recursive: true });
        await page.screenshot({ path: join(PICTURES, `${name}.png`), fullPage: true });
      }
      const { violations } = await new AxeBuilder({ page }).analyze();
      expect(violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(" ")}`)).toEqual([]);
      const overhang = await page.evaluate(
        "document.documentElement.scrollWidth - document.documentElement.clientWidth",
      );
      expect(overhang).toBeLessThanOrEqual(0);
    }

    test.each<[string, BrowserContextOptions]>([
      ["light", { colorScheme: "light" }],
      ["dark", { colorScheme: "dark" }],
      ["phone", { viewport: { width: 360, height: 740 } }],
    ])("%s: axe finds nothing wrong on any page, and nothing is wider than the screen", async (view, options) => {
      const page = await visit(options);
      await page.goto(`${origin}/login`);
      await judge(page, `${view}-login`);
      await signIn(page, "ada");
      await judge(page, `${view}-queue`);
      await follow(page, page.getByRole("link", { name: "Merge pull request #7" }).first());
      await judge(page, `${view}-approval`);
      await page.goto(`${origin}/approvals`);
      await follow(page, page.getByRole("link", { name: "Merge pull request #7" }).nth(1));
      await judge(page, `${view}-approval-high`);
      for (const name of ["Controls", "Passkeys"]) {
        await follow(page, page.getByRole("link", { name, exact: true }));
        await judge(page, `${view}-${name.toLowerCase()}`);
      }
      await page.context().close();
    });

    test("somebody approves with a click, and stops an agent with another one", async () => {
      const { approval } = await s.ask(s.acme, claude);
      const page = await visit();
      await signIn(page, "ada");
      await page.goto(`${origin}/approvals/${approval}`);
      await page.getByRole("textbox", { name: /^Why/ }).fill("Checked against the ledger.");
      await page.getByRole("button", { name: "Approve", exact: true }).click();
      await page.getByText("Approved by ada").waitFor();
      await judge(page, "approved");
      await page.getByRole("link", { name: "Controls" }).click();
      await page.getByLabel("What", { exact: true }).selectOption({ label: "Agent claude" });
      await page.getByRole("textbox", { name: /^Why/ }).fill("It behaves strangely.");
      await page.getByRole("button", { name: "Stop now" }).click();
      await page.getByText("It is stopped.").waitFor();
      await judge(page, "stopped");
      await page.getByRole("button", { name: "Sign out" }).click();
      await page.getByRole("heading", { name: "Sign in" }).waitFor();
      await page.context().close();
    });

    test("a passkey is added, and says yes where a click is not enough", async () => {
      const { approval } = await s.ask(s.acme, claude, { risk: "high" });
      const page = await visit();
      const devtools = await page.context().newCDPSession(page);
      await devtools.send("WebAuthn.enable");
      await devtools.send("WebAuthn.addVirtualAuthenticator", {
        options: {
          protocol: "ctap2",
          transport: "internal",
          hasResidentKey: true,
          hasUserVerification: true,
          isUserVerified: true,
          automaticPresenceSimulation: true,
        },
      });
      await signIn(page, "ada");
      await page.goto(`${origin}/approvals/${approval}`);
      expect(await page.getByRole("button", { name: "Approve with passkey" }).isDisabled()).toBe(true);
      await page.getByRole("link", { name: "Add one" }).click();
      await page.getByRole("button", { name: "Add a passkey" }).click();
      await page.getByRole("heading", { name: "My passkey" }).waitFor();
      await judge(page, "passkey-added");
      await page.goto(`${origin}/approvals/${approval}`);
      await page.getByRole("button", { name: "Approve with passkey" }).click();
      await page.getByText("Approved by ada").waitFor();
      await page.context().close();
    });

    test("somebody of two clients chooses one", async () => {
      const page = await visit();
      await signIn(page, "both");
      await judge(page, "choose");
      await page.getByRole("button", { name: "globex" }).click();
      await page.getByText("Nothing waits.").waitFor();
      await page.context().close();
    });

    test("no page made the browser complain", () => expect(complaints).toEqual([]));
  },
);
