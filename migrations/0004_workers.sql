-- Which job workers live. A worker's process holds the advisory lock (class 20307, lock_key) for as long as its
-- connection lives; when the process is killed the lock is gone at once, and others take over what it had taken.
create table platform.worker (
  worker_id text primary key check (length(worker_id) between 1 and 100),
  lock_key integer not null,
  started_at timestamptz not null default now()
);
grant select, insert (worker_id, lock_key), delete on platform.worker to countersign_app;
grant select on platform.worker to countersign_auditor;
