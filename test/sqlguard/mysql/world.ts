import { randomBytes } from "node:crypto";
import type { ClientServer } from "./server.ts";

/** A client's database: a shop, and a login that may only read it. */
export interface ShopWorld {
  /** 'reader_…'@'%' */
  readonly account: string;
  readonly user: string;
  readonly database: string;
  readonly url: string;
}

const SHOP = [
  "create table customers (id int primary key, email varchar(200) not null, key (email))",
  `create table orders (id int primary key auto_increment, customer_id int not null, status varchar(20) not null, total decimal(10, 2) not null,
    note text, placed_at datetime not null, key by_status (status), foreign key (customer_id) references customers (id))`,
  "create table items (id int primary key, order_id int not null, price decimal(10, 2) not null, quantity int not null)",
  "create table events (id int primary key, at datetime not null, data json not null, raw varbinary(20))",
  "create table notes (id int primary key, text text not null, fulltext (text))",
  `create table parts (id int not null, year int not null) partition by range (year) (partition p0 values less than (2024), partition p1 values less than maxvalue)`,
  "create view paid_orders as select * from orders where status = 'paid'",
  `create view paid_totals as select customer_id, sum(total) as total, group_concat(distinct status order by status separator ', ') as s,
    cast(max(total) as char) as m, date_add(max(placed_at), interval 1 day) as d, if(count(*) > 1, 'many', 'one') as n
    from paid_orders where status like 'p%' and not (status in ('x', 'y')) group by customer_id`,
  `create view joined as select o.id, c.email, p.total from orders o join customers c on c.id = o.customer_id
    left join (orders p join items i on i.order_id = p.id) on p.id = o.id, notes n where n.id = 1 and o.placed_at > '2020-01-01' - interval 2 day`,
  `create view combined as select id from orders where total > (select avg(total) from orders) union all (select id from items limit 2)`,
  "create view ranked as select id, row_number() over (partition by status order by total desc) as n, total between 1 and 2 as b, not exists (select 1 from items i where i.id = orders.id) as e from orders",
  "create view named as select concat(email, _utf8mb4'!') as e, substring(email, 1, 3) as p, case when id > 1 then 'a' else 'b' end as c from customers",
];

const rows = (n: number, row: (i: number) => string): string =>
  Array.from({ length: n }, (_, i) => row(i + 1)).join(", ");

export async function shopWorld(t: ClientServer): Promise<ShopWorld> {
  for (const statement of SHOP) await t.sql(statement);
  await t.sql(`insert into customers values ${rows(50, (i) => `(${i}, 'c${i}@example.com')`)}`);
  await t.sql(
    `insert into orders (customer_id, status, total, placed_at) values ${rows(300, (i) => `(${1 + (i % 50)}, '${["open", "paid", "late"][i % 3]}', ${i}, '2024-01-01' + interval ${i} hour)`)}`,
  );
  await t.sql(`insert into items values ${rows(600, (i) => `(${i}, ${1 + (i % 300)}, ${i}, ${1 + (i % 3)})`)}`);
  await t.sql(
    `insert into events values ${rows(50, (i) => `(${i}, '2024-01-01', '{"type": "a", "n": ${i}}', x'00ff')`)}`,
  );
  await t.sql("insert into notes values (1, 'a quick brown fox'), (2, 'another note')");
  await t.sql("insert into parts values (1, 2020), (2, 2025)");
  const user = `reader_${randomBytes(5).toString("hex")}`;
  const password = randomBytes(12).toString("hex");
  const { pathname } = new URL(t.adminUrl);
  const database = pathname.slice(1);
  await t.sql(`create user '${user}'@'%' identified by '${password}'`);
  await t.sql(`grant select, show view on ${database}.* to '${user}'@'%'`);
  return {
    account: `'${user}'@'%'`,
    user,
    database,
    url: t.adminUrl.replace(/\/\/[^@]*@/, `//${user}:${password}@`),
  };
}
