#include "actors/catalog_follower.hpp"

namespace frontrow::actors {

namespace {
/// Before a reload that failed is tried again: an outage ends sooner than people notice.
constexpr auto try_again = std::chrono::milliseconds{500};
} // namespace

catalog_follower::catalog_follower(catalog& which) : catalog_(which), thread_([this] { run(); }) {}

catalog_follower::~catalog_follower() { stop(); }

void catalog_follower::stop() {
  {
    std::lock_guard lock{mutex_};
    stopping_ = true;
  }
  wake_.notify_all();
  if (thread_.joinable())
    thread_.join();
}

void catalog_follower::changed() {
  {
    std::lock_guard lock{mutex_};
    changed_ = true;
  }
  wake_.notify_all();
}

void catalog_follower::run() {
  std::unique_lock lock{mutex_};
  while (!stopping_) {
    wake_.wait(lock, [this] { return changed_ || stopping_; });
    if (stopping_)
      return;
    changed_ = false;
    lock.unlock();
    const auto loaded = catalog_.reload();
    lock.lock();
    if (!loaded && loaded.error() == catalog_failure::unavailable) {
      changed_ = true;
      wake_.wait_for(lock, try_again, [this] { return stopping_; });
    }
  }
}

} // namespace frontrow::actors
