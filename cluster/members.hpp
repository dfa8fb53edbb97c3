#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

#include "cluster/shard.hpp"

namespace frontrow::cluster {

/// One incarnation of a node, numbered by the database when it joins and never used again. 0: none.
using node_number = std::int64_t;

/// A monotonic moment of this node.
using steady_time = std::chrono::steady_clock::time_point;

enum class shard_hosting : std::uint8_t { none, hosts };
enum class node_wish : std::uint8_t { stay, drain };
enum class alive_lock : std::uint8_t { free, held };

/// What became of a plain TCP connection to a node's address.
enum class probe_result : std::uint8_t { unknown, accepted, refused };

/// A node that has joined and was not declared dead.
struct member {
  node_number number = 0;
  std::string incarnation; ///< UUID text
  std::string name;
  std::string address; ///< host:port of its links
  std::vector<std::string> roles;
  shard_hosting hosting = shard_hosting::hosts;
  std::int32_t weight = 1; ///< its share of the shards, relative to the others'; at least 1
  node_wish wish = node_wish::stay;
  alive_lock lock = alive_lock::held;
  std::chrono::milliseconds lease_left{}; ///< by the database's clock when the view was taken; below 0: lapsed
  std::int64_t started_at = 0;            ///< milliseconds since 1970, by the database's clock
};

struct shard_entry {
  epoch_number epoch = 0;
  node_number owner = 0;  ///< 0: nobody
  node_number wanted = 0; ///< who shall own it next; 0: nobody else
  std::int64_t moved_at = 0; ///< of the last claim, milliseconds since 1970
  std::int64_t move_ms = 0;  ///< from the old owner's end to the last claim
};

struct owned_shard {
  shard_id shard = 0;
  epoch_number epoch = 0;
  friend bool operator==(const owned_shard&, const owned_shard&) = default;
};

/// What the cluster's tables say at one moment.
struct cluster_view {
  node_number leader = 0; ///< who last took the lead; may be dead
  std::int64_t catalog_version = 0;
  std::vector<member> members;     ///< ascending by number
  std::vector<shard_entry> shards; ///< index: shard

  /// Null: not a living member.
  const member* find(node_number number) const {
    for (const auto& each : members)
      if (each.number == number)
        return &each;
    return nullptr;
  }
};

} // namespace frontrow::cluster
