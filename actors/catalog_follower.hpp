#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <mutex>
#include <thread>

#include "actors/catalog.hpp"

namespace frontrow::actors {

/// Reloads the catalog when its tables have changed, on a thread of its own: a reload may open what another node
/// announced and did not open, and waits for actors meanwhile. Every function for any thread.
class catalog_follower {
public:
  /// `which` outlives it. `loaded` is told, on the thread, which version is at least on show now.
  catalog_follower(catalog& which, std::function<void(std::int64_t)> loaded);
  /// Ends the thread, after a reload under way.
  ~catalog_follower();
  catalog_follower(const catalog_follower&) = delete;
  catalog_follower& operator=(const catalog_follower&) = delete;

  /// The tables have reached this version.
  void changed(std::int64_t version);
  void stop();

private:
  void run();

  catalog& catalog_;
  std::function<void(std::int64_t)> loaded_;
  std::mutex mutex_;
  std::condition_variable wake_;
  std::int64_t wanted_ = -1;
  std::int64_t shown_ = -1;
  bool stopping_ = false;
  std::thread thread_;
};

} // namespace frontrow::actors
