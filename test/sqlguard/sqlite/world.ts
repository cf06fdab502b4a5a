import { createHash } from "node:crypto";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterAll } from "vitest";

export interface ShopFile {
  readonly path: string;
  readonly url: string;
  /** Of every file in the folder: its name and its hash. */
  probe(): readonly string[];
}

const SHOP = `
create table customers (id integer primary key, email text not null);
create table orders (id integer primary key, customer_id int not null references customers (id), status text not null, total real not null,
  note text, placed_at text not null, doubled as (total * 2), check (length(status) > 0));
create index by_status on orders (status);
create table events (id integer primary key, data text not null, raw blob);
create virtual table notes using fts5(text);
create virtual table places using rtree(id, x0, x1, y0, y1);
insert into places values (1, 0, 1, 0, 1), (2, 5, 6, 5, 6);
create view paid_orders as select * from orders where status = 'paid';
create view paid_totals as select customer_id, sum(total) as total, group_concat(status, ', ') as s from paid_orders group by 1;
create view sly as select randomblob(10) as x;
create view loading as select load_extension('x') as x;
create view over_sly as select * from sly;
create trigger t after insert on orders begin delete from customers; end;
drop trigger t;
create table big (id integer primary key, v text not null);
with recursive n (i) as (select 1 union all select i + 1 from n where i < 300)
  insert into orders (customer_id, status, total, placed_at) select 1 + i % 50, iif(i % 3 = 0, 'paid', 'open'), i, '2024-01-01' from n;
with recursive n (i) as (select 1 union all select i + 1 from n where i < 50) insert into customers select i, 'c' || i || '@example.com' from n;
with recursive n (i) as (select 1 union all select i + 1 from n where i < 50) insert into events select i, json_object('n', i), x'00ff' from n;
with recursive n (i) as (select 1 union all select i + 1 from n where i < 100) insert into big select i, printf('%.*c', 100000, 'x') from n;
insert into notes values ('a quick brown fox');
analyze;
`;

/** A client's file. Call it at the top of a test file. */
export function shopFile(mode: "delete" | "wal" = "delete"): ShopFile {
  const folder = mkdtempSync(join(tmpdir(), "countersign-sqlite-"));
  const path = join(folder, "shop.db");
  const database = new DatabaseSync(path);
  database.exec(`pragma journal_mode = ${mode}`);
  database.exec(`pragma foreign_keys = 0; ${SHOP}`);
  database.close();
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  return {
    path,
    url: `sqlite://${path}`,
    probe: () =>
      readdirSync(folder)
        .toSorted()
        .map(
          (name) =>
            `${name} ${createHash("sha256")
              .update(readFileSync(join(folder, name)))
              .digest("hex")}`,
        ),
  };
}
