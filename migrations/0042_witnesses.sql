-- What others say of the epoch log's checkpoints: witnesses' cosignatures, timestamps, and where copies were left. Kept apart
-- from audit.checkpoint, which is written once: these come later, or not at all.

create table audit.cosignature (
  epoch bigint not null references audit.checkpoint (epoch),
  -- The witness's verifier key (C2SP vkey), as the policy file has it.
  witness text not null check (octet_length(witness) between 1 and 1024),
  -- The note's signature line, without its newline.
  line text not null check (octet_length(line) between 1 and 4096),
  -- The witness's clock.
  cosigned_at timestamptz not null,
  created_at timestamptz not null default clock_timestamp(),
  primary key (epoch, witness)
);

-- Epochs whose cosignatures made the quorum, and of which policy: a row is what `witnessed` means.
create table audit.witnessed (
  epoch bigint primary key references audit.checkpoint (epoch),
  quorum text not null,
  created_at timestamptz not null default clock_timestamp()
);

-- RFC 3161. Generation 0 is over the checkpoint's text, each later one over the token before it (renewal).
create table audit.timestamp (
  epoch bigint not null references audit.checkpoint (epoch),
  generation smallint not null check (generation >= 0),
  -- A TimeStampToken (CMS SignedData), DER.
  token bytea not null check (octet_length(token) between 1 and 1048576),
  -- The authority's clock, and when its certificate stops vouching.
  stamped_at timestamptz not null,
  expires_at timestamptz not null,
  authority text not null,
  created_at timestamptz not null default clock_timestamp(),
  primary key (epoch, generation)
);

-- The last epoch whose copy is known to be at a place: "git" or "directory".
create table audit.anchor (
  kind text not null check (kind in ('git', 'directory')),
  epoch bigint not null references audit.checkpoint (epoch),
  created_at timestamptz not null default clock_timestamp(),
  primary key (kind, epoch)
);

call audit.guard('audit.cosignature');
call audit.guard('audit.witnessed');
call audit.guard('audit.timestamp');
call audit.guard('audit.anchor');

grant select on audit.cosignature, audit.witnessed, audit.timestamp, audit.anchor
  to countersign_app, countersign_sequencer, countersign_verifier, countersign_auditor;
grant insert (epoch, witness, line, cosigned_at) on audit.cosignature to countersign_sequencer;
grant insert (epoch, quorum) on audit.witnessed to countersign_sequencer;
grant insert (epoch, generation, token, stamped_at, expires_at, authority) on audit.timestamp to countersign_sequencer;
grant insert (kind, epoch) on audit.anchor to countersign_sequencer;
