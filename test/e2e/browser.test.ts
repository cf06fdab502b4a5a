// The demo's pages in a real browser: readable by everybody, on a phone too, and alive without a reload by hand.

import { AxeBuilder } from "@axe-core/playwright";
import { chromium, type Browser, type BrowserContextOptions, type Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { CHROMIUM_FLAGS, chromiumPath } from "../support/chromium.ts";
import { program, temporaryDirectory } from "../support/program.ts";

const executablePath = chromiumPath();

describe.skipIf(executablePath === null)(
  executablePath === null ? "skipped: needs chromium" : "the demo in a browser",
  () => {
    const PULL = "/pull/acme/shop/2";
    const complaints: string[] = [];
    let base = "";
    let browser: Browser;

    beforeAll(async () => {
      const demo = program(["start"], { DATA_DIR: temporaryDirectory(), PORT: "0" });
      [browser, [, base = ""]] = await Promise.all([
        chromium.launch({ executablePath: executablePath ?? "", args: CHROMIUM_FLAGS }),
        demo.says(/ready: (http:\/\/127\.0\.0\.1:\d+)/),
      ]);
    });
    afterAll(async () => {
      await browser.close();
    });

    async function visit(path: string, options: BrowserContextOptions = {}): Promise<Page> {
      const context = await browser.newContext(options);
      const page = await context.newPage();
      page.on("console", (message) => {
        if (message.type() === "error") complaints.push(message.text());
      });
      page.on("pageerror", (error) => complaints.push(error.message));
      await page.goto(base + path);
      await page.locator('html[data-busy="no"]').waitFor();
      return page;
    }

    const views: readonly [string, BrowserContextOptions][] = [
      ["in light colours", { colorScheme: "light" }],
      ["in dark colours", { colorScheme: "dark" }],
      ["on a phone", { viewport: { width: 360, height: 740 } }],
    ];
    const pages = [
      ["the list", "/"],
      ["a pull request", PULL],
      ["the audit log", "/audit"],
      ["a tampered copy of it", "/audit?verify=flip"],
    ];

    test.each(
      views.flatMap(([view, options]) => pages.map(([name = "", path = ""]) => ({ view, name, path, options }))),
    )("$name $view: axe finds nothing wrong, and nothing is wider than the screen", async ({ path, options }) => {
      const page = await visit(path, options);
      const { violations } = await new AxeBuilder({ page }).analyze();
      expect(violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(" ")}`)).toEqual([]);
      const overhang = await page.evaluate(
        "document.documentElement.scrollWidth - document.documentElement.clientWidth",
      );
      expect(overhang).toBeLessThanOrEqual(0);
      await page.context().close();
    });

    test("the five verdicts are read on a phone without scrolling sideways", async () => {
      const page = await visit("/audit?verify=flip", { viewport: { width: 360, height: 740 } });
      const region = page.getByRole("region", { name: "Five verdicts" });
      expect(await region.evaluate((found) => found.scrollWidth - found.clientWidth)).toBeLessThanOrEqual(0);
      await page.context().close();
    });

    test("a visitor approves, and sees the verdict follow without pressing reload", async () => {
      const page = await visit("/");
      await page.getByRole("link", { name: "Rename the customer table" }).click();
      const form = page.locator("form", { has: page.getByRole("button", { name: "Approve", exact: true }) });
      await form.getByRole("combobox").selectOption("ann");
      await form.getByRole("button", { name: "Approve", exact: true }).click();
      await page.getByRole("status").getByText("ann approved.").waitFor();
      await page.locator(".title").getByText("Ready to merge: verified approval on this exact commit.").waitFor();
      await page.getByRole("heading", { name: "countersign: Successful" }).waitFor();
      await page.context().close();
    });

    test("Ann approves by keyboard alone, and the check turns green on the open page", async () => {
      const page = await visit(PULL);
      await page.locator("#approve-by").selectOption("ann");
      await page.locator("#approve-by").press("Tab");
      await page.keyboard.press("Enter");
      await page.getByText("verified approval on this exact commit").first().waitFor({ timeout: 20_000 });
      await page.context().close();
    });

    test("a second window follows without being touched", async () => {
      const page = await visit(PULL);
      const other = await visit(PULL);
      await other.getByRole("button", { name: "Push a commit" }).click();
      await page.getByText("the review is for another commit").first().waitFor({ timeout: 20_000 });
      await Promise.all([page.context().close(), other.context().close()]);
    });

    test("without scripts every page still works", async () => {
      const page = await visit(PULL, { javaScriptEnabled: false });
      await page.locator("#approve-by").selectOption("bob");
      await page.getByRole("button", { name: "Approve", exact: true }).click();
      await expect
        .poll(async () => (await page.reload(), await page.content()), { timeout: 20_000 })
        .toContain("verified approval on this exact commit");
      await page.context().close();
    });

    test("the browser complained about nothing: no script error, nothing that the content security policy blocked", () => {
      expect(complaints).toEqual([]);
    });
  },
);
