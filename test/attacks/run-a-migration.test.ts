import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { hazardsOf, spellings, verdictOn } from "../policy/spellings.ts";

const ATTEMPTS = [
  "npm run migrate",
  "npm run db:migrate",
  "yarn migrate:latest",
  "pnpm run migration:run",
  "npx prisma migrate deploy",
  "npx prisma db push",
  "npx knex migrate:latest",
  "npx drizzle-kit push",
  "npx sequelize-cli db:migrate",
  "python manage.py migrate",
  "alembic upgrade head",
  "flask db migrate",
  "bundle exec rails db:migrate",
  "rake db:rollback",
  "flyway migrate",
  "liquibase update",
  "goose up",
  "dbmate up",
  "mix ecto.migrate",
  "php artisan migrate",
  "dotnet ef database update",
  "make migrate",
  "supabase db push",
  "diesel migration run",
  "node-pg-migrate up",
];
const HONEST = [
  "npx vitest run test/migrations.test.ts",
  "ls migrations",
  "git log migrations",
  "npm run test:migrations",
];

describe("24 running a migration is RED", () => {
  it.each(ATTEMPTS)("%j", async (line) => {
    expect(hazardsOf(line)).toContain("sql.migration");
    expect(await verdictOn(line)).toMatchObject({
      colour: "RED",
      errors: [],
      reasons: expect.arrayContaining([expect.objectContaining({ id: "never.migrate" })]),
    });
  });

  it("in any quoting, in any place of a command line", () => {
    const any = fc.constantFrom(...ATTEMPTS.filter((line) => /^[\w ./:+=@-]+$/.test(line)));
    fc.assert(
      fc.property(
        any.chain((line) => spellings(line.split(" "))),
        (line) => {
          expect(hazardsOf(line).filter((seen) => seen === "sql.migration" || seen === "shell.unreadable")).not.toEqual(
            [],
          );
        },
      ),
      { numRuns: 300 },
    );
  });

  it.each(HONEST)("and %j is not it", (line) => expect(hazardsOf(line)).not.toContain("sql.migration"));
});
