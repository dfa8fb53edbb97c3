#pragma once

#include "persistence/cluster_table.hpp"
#include "persistence/migrate.hpp"
#include "tests/persistence/private_postgres.hpp"

#include <boost/test/unit_test.hpp>
#include <cstdio>
#include <memory>
#include <string>
#include <vector>

namespace frontrow::persistence {

inline std::string migrated_database() {
  const auto dsn = private_postgres::instance().empty_database();
  BOOST_REQUIRE(migrate(dsn));
  return dsn;
}

inline constexpr std::int32_t shards_in_test = 16;

inline cluster_table_config cluster_config(std::vector<std::string> dsns) {
  cluster_table_config config;
  config.databases.dsns = std::move(dsns);
  config.shard_count = shards_in_test;
  config.lease = std::chrono::minutes{10}; // nobody is late by accident
  config.claim_lock_timeout = std::chrono::milliseconds{100};
  config.backend_exit_wait = std::chrono::seconds{30};
  config.session.retry_after = std::chrono::milliseconds{0};
  config.session.statement_timeout = std::chrono::seconds{30};
  return config;
}

inline cluster_table_config with_lease(cluster_table_config config, std::chrono::milliseconds lease) {
  config.lease = lease;
  return config;
}

/// A node as far as the tables see one. Destroyed, it is a process that was killed; not called, one that is
/// frozen.
struct table_node {
  explicit table_node(const cluster_table_config& config, std::string roles = "shards",
                      std::int32_t weight = 1)
      : table(config, clock) {
    static int born = 0;
    char text[64];
    std::snprintf(text, sizeof text, "00000000-0000-4000-8000-%012d", ++born);
    registration = {text, "node-" + std::to_string(born), "127.0.0.1:" + std::to_string(7000 + born),
                    std::move(roles), weight};
  }

  node_number join() {
    const auto joined = table.join(registration);
    BOOST_REQUIRE_MESSAGE(joined, (joined ? "" : joined.error().detail));
    return number = *joined;
  }
  table_view look() {
    const auto seen = table.look();
    BOOST_REQUIRE_MESSAGE(seen, (seen ? "" : seen.error().detail));
    return *seen;
  }
  table_view renew() {
    const auto seen = table.renew();
    BOOST_REQUIRE_MESSAGE(seen, (seen ? "" : seen.error().detail));
    return *seen;
  }
  void want(const std::vector<shard_number>& shards, node_number node) {
    std::vector<std::pair<shard_number, node_number>> wishes;
    for (const auto shard : shards)
      wishes.emplace_back(shard, node);
    const auto wanted = table.want(wishes);
    BOOST_REQUIRE_MESSAGE(wanted, (wanted ? "" : wanted.error().detail));
  }
  std::vector<owned_shard> claim(const std::vector<shard_number>& shards) {
    const auto claimed = table.claim(shards);
    BOOST_REQUIRE_MESSAGE(claimed, (claimed ? "" : claimed.error().detail));
    return *claimed;
  }
  /// Wishes for them itself.
  std::vector<owned_shard> take(const std::vector<shard_number>& shards) {
    want(shards, number);
    return claim(shards);
  }
  void release(const std::vector<owned_shard>& shards) {
    const auto released = table.release(shards);
    BOOST_REQUIRE_MESSAGE(released, (released ? "" : released.error().detail));
  }

  database_clock clock;
  cluster_table table;
  node_registration registration;
  node_number number = 0;
};

inline std::vector<shard_number> all_shards() {
  std::vector<shard_number> shards;
  for (shard_number shard = 0; shard < shards_in_test; ++shard)
    shards.push_back(shard);
  return shards;
}

inline const member_row* find_member(const table_view& view, node_number number) {
  for (const auto& member : view.members)
    if (member.number == number)
      return &member;
  return nullptr;
}

template <class Answer>
bool is_lost(const Answer& answer) {
  return !answer && answer.error().reason == ownership_failure::lost;
}

/// Ends the node's sessions behind its back.
inline void end_sessions(const std::string& dsn, const table_node& node) {
  sql(dsn, "select pg_terminate_backend(pid) from backend join pg_stat_activity using (pid, backend_start) "
           "where incarnation = '" +
               node.registration.incarnation + "' and application_name = 'frontrow_node'");
}

/// As if a leader had declared it, but its sessions live on.
inline void bury(const std::string& dsn, const table_node& node) {
  sql(dsn, "update node set left_at = heartbeat where number = " + std::to_string(node.number));
}

} // namespace frontrow::persistence
