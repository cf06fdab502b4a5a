-- A check of each table in place of a domain's: what a table takes stands with the table.
alter table controls.budget_limit alter column kind type text,
  add check (kind in ('calls', 'wallMs', 'cpuMs', 'memoryBytes', 'bytes', 'tokens', 'cents'));
alter table controls.budget_used alter column kind type text,
  add check (kind in ('calls', 'wallMs', 'cpuMs', 'memoryBytes', 'bytes', 'tokens', 'cents'));
drop domain controls.budget_kind;
