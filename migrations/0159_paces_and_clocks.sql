-- A pace is an instant of the database's clock. Where that clock was ahead for a minute (T6), it would keep a client's notices waiting until
-- the real one is there, too: it goes back with the clock (0167).
alter table notify.pace add column moved_at timestamptz not null default now();
