-- Of the tickets that were moved, each has its own pull requests looked up. A hash join read every pull request of every client for each 200
-- timers that were claimed: it looks cheap to the planner until there are tens of thousands of them.
alter function tickets.claim_stale_links() set enable_hashjoin = off;
alter function tickets.claim_stale_links() set enable_mergejoin = off;
