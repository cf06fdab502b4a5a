import type { TestDatabase, TestTenant } from "../support/database.ts";

/** Waiting tickets of one client, written past every rule, as the superuser: each was asked so many hours ago, and its next act is due. */
export async function dueTickets(
  t: Pick<TestDatabase, "adminSql">,
  { id }: Pick<TestTenant, "id">,
  {
    count,
    askedHoursAgo,
    action = "nudge_24h",
  }: { readonly count: number; readonly askedHoursAgo: number; readonly action?: string },
): Promise<void> {
  await t.adminSql(
    "insert into identity.person (tenant_id, github_user, login, roles) values ($1, 1, 'mona', '{admin}') on conflict do nothing",
    [id],
  );
  await t.adminSql(
    `insert into tickets.calendar (tenant_id, version, hours, target_ms) values ($1, 1, '{}', 1) on conflict do nothing`,
    [id],
  );
  await t.adminSql(
    `insert into tickets.ticket (tenant_id, number, state, owner, title, calendar, epoch, wait_started, warned_at, deadline, next_action, next_due_at)
      select $1, coalesce((select max(number) from tickets.ticket where tenant_id = $1), 0) + n, 'waiting_client', p.person_id, decode(repeat('00', 45), 'hex'), 1, 1,
        now() - make_interval(hours => $3::int), case $4 when 'close' then now() - interval '25 hours' end, null, $4::tickets.action, now() - interval '1 minute'
      from generate_series(1, $2::int) n, identity.person p where p.tenant_id = $1`,
    [id, count, askedHoursAgo, action],
  );
}
