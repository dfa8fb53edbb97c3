-- Several nodes share the shards. Lands while the cluster is stopped: every node of before has left, no shard has an owner.

-- A number says who owns a shard, and names the node's advisory lock.
alter table node
  add column number   bigint generated always as identity unique,
  add column weight   integer not null default 1 check (weight > 0),
  add column draining boolean not null default false;
update node set left_at = heartbeat where left_at is null;
create index node_living on node (number) where left_at is null;

-- Without a foreign key: node lies in the first database only.
alter table shard
  drop column owner,
  drop column wanted,
  drop column state,
  add column owner_node  bigint,
  add column wanted_node bigint,
  add column released_at bigint,   -- by its last owner; null while it has one
  add column moved_at    bigint,   -- when it was last claimed
  add column move_ms     bigint;   -- from the former owner's end to that claim

-- Who last took the lead, and how often the catalog has changed: what nodes need to know at every look.
alter table cluster
  add column leader          bigint not null default 0,
  add column catalog_version bigint not null default 0;
