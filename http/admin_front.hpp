#pragma once

#include "actors/catalog.hpp"
#include "actors/node.hpp"
#include "http/front_door.hpp"
#include "http/metrics.hpp"
#include "persistence/journal_reader.hpp"
#include "persistence/lease.hpp"

#include <chrono>
#include <functional>
#include <string>
#include <vector>

namespace frontrow::http {

/// A shard that this node owns, and how it came here.
struct shard_facts {
  cluster::shard_id shard = 0;
  cluster::epoch_number epoch = 0;
  domain::instant moved_at{};
  std::chrono::milliseconds took{};
};

/// This node's life; fixed once it serves.
struct node_facts {
  std::string id; ///< the incarnation, UUID text
  std::string name;
  std::string address;
  std::vector<std::string> roles;
  domain::instant started_at{};
  std::vector<shard_facts> shards; ///< ascending
};

/// What the operators' routes need. All of it outlives the routes. They read the journal on connections of
/// their own, so that an audit never stands in the way of a recovery.
struct admin_front {
  actors::node& node;
  actors::catalog& catalog;
  metrics& figures;
  clock_source now;
  node_facts self;
  std::function<persistence::lease_state()> lease;
  persistence::journal_databases databases;
  persistence::session_settings session;
};

} // namespace frontrow::http
