#pragma once

#include "actors/catalog.hpp"
#include "actors/membership.hpp"
#include "actors/node.hpp"
#include "http/front_door.hpp"
#include "http/metrics.hpp"
#include "persistence/journal_reader.hpp"

#include <functional>
#include <memory>
#include <set>
#include <string>
#include <vector>

namespace frontrow::http {

/// What operators may ask of the cluster, and have it do. Every function for any thread; they may block for some
/// statements.
struct cluster_controls {
  /// What the tables said last; null until they have said anything.
  std::function<std::shared_ptr<const cluster::cluster_view>()> view;
  std::function<actors::lease_state()> lease;
  std::function<actors::membership::drain_answer(cluster::node_number)> drain;
  /// How many shards are on the move by it.
  std::function<std::size_t()> rebalance;
  /// After a change of the catalog: waits a moment for the other nodes to show it.
  std::function<void()> spread_catalog;
};

/// What the operators' routes need. All of it outlives the routes. They read the journal on connections of
/// their own, so that an audit never stands in the way of a recovery.
struct admin_front {
  actors::node& node;
  actors::catalog& catalog;
  metrics& figures;
  clock_source now;
  cluster_controls cluster;
  persistence::journal_databases databases;
  persistence::session_settings session;
};

/// The view, or one without anybody before the first look.
std::shared_ptr<const cluster::cluster_view> view_of(const admin_front& in);

/// The UUID of a living node; empty: it is none.
std::string incarnation_of(const cluster::cluster_view& view, cluster::node_number number);

/// The UUIDs of those that own these shards, each once: who did not answer.
std::set<std::string> owners_of(const cluster::cluster_view& view, const std::vector<cluster::shard_id>& shards);

} // namespace frontrow::http
