import { z } from "zod";

const reportSchema = z.object({
  success: z.boolean(),
  testResults: z.array(
    z.object({
      name: z.string(),
      status: z.string(),
      assertionResults: z.array(z.object({ fullName: z.string(), status: z.string() })),
    }),
  ),
});

/** vitest's JSON report as lines for a person, the last of them the count, and whether all is well: nothing failed, nothing skipped, something ran. */
export function summarise(report: unknown): { readonly lines: readonly string[]; readonly ok: boolean } {
  const { testResults, success } = reportSchema.parse(report);
  const tests = testResults.flatMap((file) => file.assertionResults);
  const passed = tests.filter(({ status }) => status === "passed").length;
  const failed = tests.filter(({ status }) => status === "failed");
  const skipped = tests.filter(({ status }) => status !== "passed" && status !== "failed");
  // A file that does not load, or whose hooks fail, has no failing test: it counts as one.
  const broken = testResults.filter(
    (file) => file.status === "failed" && !file.assertionResults.some(({ status }) => status === "failed"),
  );
  const failures = failed.length + broken.length;
  const lines = [
    ...failed.map(({ fullName }) => `failed: ${fullName}`),
    ...broken.map(({ name }) => `failed: the file ${name}`),
    ...skipped.map(({ fullName }) => `skipped, which is a failure here: ${fullName}`),
    ...(passed === 0 ? ["No test passed: that is a failure too."] : []),
    `${passed} passed, ${failures} failed${skipped.length > 0 ? `, ${skipped.length} skipped` : ""}`,
  ];
  return { lines, ok: success && failures === 0 && skipped.length === 0 && passed > 0 };
}
