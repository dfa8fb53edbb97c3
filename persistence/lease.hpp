#pragma once

#include "persistence/shard_table.hpp"

#include <condition_variable>
#include <functional>
#include <mutex>
#include <thread>

namespace frontrow::persistence {

enum class lease_state {
  held,
  away, ///< the last renewal did not reach the database
  lost, ///< told once, then the renewals end
};

struct lease_config {
  /// A third of the lease, so that two renewals may fail before it ends.
  std::chrono::milliseconds renew_every{2'000};
  /// Sooner than the regular renewal after one that failed.
  std::chrono::milliseconds retry_every{250};
};

/// Renews a shard table's lease on a thread of its own, and tells of each change.
class lease {
public:
  /// `table` has joined and claimed, outlives this, and is used by nobody else meanwhile.
  /// `on_change` runs on the lease's thread; it must not destroy the lease.
  lease(shard_table& table, lease_config config, std::function<void(lease_state, const std::string& detail)> on_change);
  /// Ends the renewals; the lock is still held (see shard_table::leave).
  ~lease();
  lease(const lease&) = delete;
  lease& operator=(const lease&) = delete;

private:
  void renew();

  shard_table* table_;
  lease_config config_;
  std::function<void(lease_state, const std::string&)> on_change_;
  std::mutex mutex_;
  std::condition_variable wake_;
  bool stopping_ = false;
  std::thread thread_;
};

} // namespace frontrow::persistence
