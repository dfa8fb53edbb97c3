#pragma once

#include "domain/identity.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

/// What lies in the journal's tables, as rows. What an event's text means is the codec's matter.
namespace frontrow::persistence {

using domain::entity_kind;
using domain::entity_ref;
using domain::instant;
using domain::user_id;

/// From 0 to the cluster's shard count - 1.
using shard_number = std::int32_t;
/// Counts the owners that a shard has had, from 1; 0 is a shard that nobody has ever claimed.
using epoch_number = std::int64_t;
/// Counts an entity's events, from 1; 0 is an entity without any.
using version_number = std::int64_t;

/// One event to be written. `data` is JSON text (UTF-8); the database keeps it as jsonb, so it comes back
/// with its own spacing and order of members. Neither text may hold a NUL byte: such a row is rejected.
struct event_row {
  std::string type;
  std::string data;
  instant at{};
  std::string trace_id;
  /// The user whom a seat map's event concerns, for "my reservations" and "my payments".
  std::optional<user_id> party;
};

/// One event as the journal holds it.
struct stored_event {
  entity_ref entity;
  version_number version = 0;
  epoch_number epoch = 0;
  event_row row;
};

/// A state as it was after `version`. `format` numbers the layout of `data` (text, UTF-8).
struct snapshot_row {
  version_number version = 0;
  std::int32_t format = 0;
  std::string data;
};

/// An actor and where its journal lies.
struct entity_address {
  entity_ref entity;
  shard_number shard = 0;
  auto operator<=>(const entity_address&) const = default;
};

/// Where shards lie: one connection string (libpq, URI or key=value) per database. The order is fixed when
/// the cluster is born, because shard s lies in database s mod n. The first one also holds the catalog,
/// the cluster and its nodes.
struct journal_databases {
  std::vector<std::string> dsns;

  std::size_t index_of(shard_number shard) const { return static_cast<std::size_t>(shard) % dsns.size(); }
};

} // namespace frontrow::persistence
