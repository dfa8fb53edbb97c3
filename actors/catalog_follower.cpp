#include "actors/catalog_follower.hpp"

namespace frontrow::actors {

namespace {
/// Before a reload that failed is tried again: an outage ends sooner than people notice.
constexpr auto try_again = std::chrono::milliseconds{500};
} // namespace

catalog_follower::catalog_follower(catalog& which, std::function<void(std::int64_t)> loaded)
    : catalog_(which), loaded_(std::move(loaded)), thread_([this] { run(); }) {}

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

void catalog_follower::changed(std::int64_t version) {
  {
    std::lock_guard lock{mutex_};
    wanted_ = version;
  }
  wake_.notify_all();
}

void catalog_follower::run() {
  std::unique_lock lock{mutex_};
  while (!stopping_) {
    wake_.wait(lock, [this] { return wanted_ != shown_ || stopping_; });
    if (stopping_)
      return;
    const auto version = wanted_;
    lock.unlock();
    const auto loaded = catalog_.reload();
    if (loaded)
      loaded_(version);
    lock.lock();
    if (loaded || loaded.error() != catalog_failure::unavailable)
      shown_ = version;
    else
      wake_.wait_for(lock, try_again, [this] { return stopping_; });
  }
}

} // namespace frontrow::actors
