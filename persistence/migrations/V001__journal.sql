-- The first schema. Times are milliseconds since 1970-01-01 UTC as bigint: exactly what the program computes
-- with, without a time zone or a text form in between. Never edited after landing.

-- What kinds of actors there are; the names are those of domain::name_of.
create type entity_kind as enum ('seat_map', 'account', 'queue');

-- One row in every database: what was fixed when the cluster was born.
create table cluster (
  only_row        boolean primary key default true check (only_row),
  name            text not null,
  shard_count     integer not null check (shard_count > 0),
  database_index  integer not null,   -- this database's place in journal.databases
  database_count  integer not null,
  born_at         bigint not null
);

-- Incarnations: a node is another row at each start. First database only.
create table node (
  id          uuid primary key,
  name        text not null,
  address     text not null,
  roles       text not null,
  started_at  bigint not null,
  heartbeat   bigint not null,
  left_at     bigint
);

-- The fence. An append locks its shards' rows FOR SHARE at its epochs; a takeover raises the epoch.
create table shard (
  shard   integer primary key,
  epoch   bigint not null default 0,
  owner   uuid,
  wanted  uuid,
  state   text not null default 'free' check (state in ('free', 'owned', 'moving'))
);

-- The backends of an incarnation, so that a takeover (or the incarnation itself, with a commit in doubt) can
-- end them. The start time tells a backend from a later one with the same pid.
create table backend (
  incarnation    uuid not null,
  pid            integer not null,
  backend_start  timestamptz not null,
  primary key (pid, backend_start)
);

-- Every state change, append only. There is no global order on purpose: an entity's versions are its order.
create table journal (
  kind      entity_kind not null,
  entity    bigint not null,
  version   bigint not null check (version > 0),
  shard     integer not null,
  epoch     bigint not null,
  at        bigint not null,
  trace_id  text not null,
  type      text not null,
  data      jsonb not null,
  party     bigint check (party is null or kind = 'seat_map'),
  primary key (kind, entity, version)
);

-- "My reservations" and "my payments", newest first: read backwards, so that a page's cursor is one row comparison.
create index journal_party on journal (party, at, entity, version) where party is not null;

-- The newest snapshot of an actor. The text is the codec's, `format` numbers its layout.
create table snapshot (
  kind     entity_kind not null,
  entity   bigint not null,
  version  bigint not null check (version > 0),
  format   integer not null,
  data     text not null,
  primary key (kind, entity)
);

-- The actors that are loaded when their shard starts.
create table entity (
  shard   integer not null,
  kind    entity_kind not null,
  entity  bigint not null,
  primary key (shard, kind, entity)
);

-- The catalog. First database only.
create table concert (
  concert_id  bigint generated always as identity primary key,
  title       text not null,
  queue       jsonb not null,
  created_at  bigint not null,
  opened      boolean not null default false
);

create table option (
  option_id         bigint generated always as identity primary key,
  concert_id        bigint not null references concert,
  title             text not null,
  starts_at         bigint not null,
  duration_minutes  integer not null,
  definition        jsonb not null,
  created_at        bigint not null,
  opened            boolean not null default false
);
create index option_concert on option (concert_id, starts_at, option_id);

create table app_user (
  user_id     bigint generated always as identity primary key,
  name        text not null,
  created_at  bigint not null
);

-- Answers to the catalog's POSTs that carried an Idempotency-Key.
create table kept_answer (
  scope        text not null,
  key          text not null,
  fingerprint  text not null,
  answer       text not null,
  at           bigint not null,
  primary key (scope, key)
);
create index kept_answer_at on kept_answer (at);
