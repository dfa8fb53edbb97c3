#pragma once

#include "persistence/journal_rows.hpp"

#include <string>

namespace frontrow::persistence {

enum class ownership_failure {
  away,          ///< a database cannot be reached or serve now
  other_cluster, ///< name, shard count, number or order of databases differ from those at the cluster's birth
  another_is_alive, ///< another node holds the database: only one may run
  lost,             ///< what was ours belongs to someone else, or we were declared dead: over for good
  rejected,         ///< the database refused for good
};

struct ownership_error {
  ownership_failure reason{};
  /// One line for an operator.
  std::string detail;
};

struct owned_shard {
  shard_number shard = 0;
  epoch_number epoch = 0;
  friend bool operator==(const owned_shard&, const owned_shard&) = default;
};

} // namespace frontrow::persistence
