-- What a ticket is, said on a pull request, is one comment that is written over: which words stand there, and how often they were new.
alter table tickets.link
  add column turn integer not null default 0 check (turn >= 0),
  -- SHA-256 of the words.
  add column told bytea check (octet_length(told) = 32);
grant update (turn, told) on tickets.link to countersign_app;
