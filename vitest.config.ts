import { defineConfig } from "vitest/config";

export default defineConfig({
  // Starts PostgreSQL only when the first test file asks for a database.
  test: {
    globalSetup: ["./test/support/cluster.ts"],
    include: ["test/**/*.test.ts"],
    pool: "forks",
    maxWorkers: 2,
    testTimeout: 60_000,
    hookTimeout: 60_000,
  },
});
