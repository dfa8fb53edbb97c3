#pragma once

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <thread>

#include "actors/catalog.hpp"

namespace frontrow::actors {

/// Reloads the catalog when its tables have changed, on a thread of its own: a reload may open what another node
/// announced and did not open, and waits for actors meanwhile. Every function for any thread.
class catalog_follower {
public:
  /// `catalog` outlives it.
  explicit catalog_follower(catalog& which);
  /// Ends the thread, after a reload under way.
  ~catalog_follower();
  catalog_follower(const catalog_follower&) = delete;
  catalog_follower& operator=(const catalog_follower&) = delete;

  void changed();
  void stop();

private:
  void run();

  catalog& catalog_;
  std::mutex mutex_;
  std::condition_variable wake_;
  bool changed_ = false;
  bool stopping_ = false;
  std::thread thread_;
};

} // namespace frontrow::actors
