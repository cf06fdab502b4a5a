import { describe, it } from "vitest";
import { redBy } from "../policy/red-lines.ts";

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
  const floor = redBy("never.migrate", "sql.migration");

  it.each(ATTEMPTS)("%j", (line) => floor.refuses(line));

  it("in any quoting, in any place of a command line", () => floor.seesInAnySpelling(ATTEMPTS));

  it.each(HONEST)("and %j is not it", (line) => floor.leaves(line));
});
