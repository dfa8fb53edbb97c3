-- Bare tables for pgbench: seats as rows, an account, a row as the journal's.
create table seat (
  nth        bigint primary key,     -- over all halls, from 0
  status     smallint not null default 0,
  user_id    bigint,
  held_until timestamptz
) with (fillfactor = 50);
insert into seat (nth) select generate_series(0, 199999);
create table account (user_id bigint primary key, balance bigint not null) with (fillfactor = 50);
insert into account values (1, 0);
create table journal_twin (
  kind smallint not null, entity bigint not null, version bigint not null, shard integer not null, epoch bigint not null,
  at bigint not null, trace_id text not null, type text not null, data jsonb not null, party bigint,
  primary key (kind, entity, version)
);
create index on journal_twin (party, at, entity, version) where party is not null;
vacuum analyze;
