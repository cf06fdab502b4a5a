// The demo's pages in a real browser: what a newcomer clicks first, and what a screen reader or a keyboard meets.

import { accessSync, constants } from "node:fs";
import { delimiter, join } from "node:path";
import { AxeBuilder } from "@axe-core/playwright";
import { chromium, type Browser, type Page } from "playwright-core";
import { afterAll, describe, expect, test } from "vitest";
import { program, temporaryDirectory } from "../support/program.ts";

function onPath(command: string): string | null {
  const found = (process.env["PATH"] ?? "")
    .split(delimiter)
    .map((folder) => join(folder, command))
    .find((file) => {
      try {
        accessSync(file, constants.X_OK);
        return true;
      } catch {
        return false;
      }
    });
  return found ?? null;
}

const executablePath =
  ["chromium", "chromium-browser", "google-chrome"].map(onPath).find((path) => path !== null) ?? null;
const FLAGS = ["--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu", "--disable-background-networking"];

async function opened(): Promise<{ readonly browser: Browser; readonly base: string }> {
  const demo = program(["demo"], { DATA_DIR: temporaryDirectory(), PORT: "0" });
  const [, base = ""] = await demo.says(/ready: (http:\/\/127\.0\.0\.1:\d+)/);
  const browser = await chromium.launch({ executablePath: executablePath ?? "", args: FLAGS });
  return { browser, base };
}

const PULL = "Retry payment webhooks that time out";

describe.skipIf(executablePath === null)("in a browser (skipped: needs chromium)", async () => {
  const { browser, base } = executablePath === null ? { browser: null, base: "" } : await opened();
  afterAll(() => browser?.close());

  async function visit(colorScheme: "light" | "dark"): Promise<{ readonly page: Page; readonly complaints: string[] }> {
    const context = await browser?.newContext({ colorScheme });
    const page = await context?.newPage();
    if (page === undefined) throw new Error("no browser");
    const complaints: string[] = [];
    page.on("console", (message) => {
      if (message.type() === "error") complaints.push(message.text());
    });
    page.on("pageerror", (error) => complaints.push(error.message));
    await page.goto(base);
    return { page, complaints };
  }

  async function violations(page: Page): Promise<readonly string[]> {
    const { violations: found } = await new AxeBuilder({ page }).analyze();
    return found.flatMap(({ id, nodes }) => nodes.map(({ html }) => `${id}: ${html}`));
  }

  test("a visitor approves, and sees the verdict follow without pressing reload", async () => {
    const { page, complaints } = await visit("light");
    await page.getByRole("link", { name: PULL }).click();
    await page.locator(".title").getByText("no human has approved this exact commit").waitFor();
    const form = page.locator("form", { has: page.getByRole("button", { name: "Approve", exact: true }) });
    await form.getByRole("combobox").selectOption("ann");
    await form.getByRole("button", { name: "Approve", exact: true }).click();
    await page.getByRole("status").getByText("ann approved.").waitFor();
    await page.locator(".title").getByText("Ready to merge: verified approval on this exact commit.").waitFor();
    await page.getByRole("heading", { name: "countersign: Successful" }).waitFor();
    expect(complaints).toEqual([]);
  });

  test.each(["light", "dark"] as const)("axe finds nothing wrong with the pages (%s)", async (scheme) => {
    const { page } = await visit(scheme);
    await page.getByText("Could not decide").first().waitFor();
    expect(await violations(page)).toEqual([]);
    await page.getByRole("link", { name: "Rename the customer table" }).click();
    await page.getByRole("heading", { name: "countersign: Action required" }).waitFor();
    expect(await violations(page)).toEqual([]);
  });
});
