#include "persistence/lease.hpp"

#include <utility>

namespace frontrow::persistence {

lease::lease(shard_table& table, lease_config config,
             std::function<void(lease_state, const std::string& detail)> on_change)
    : table_(&table), config_(config), on_change_(std::move(on_change)), thread_([this] { renew(); }) {}

lease::~lease() {
  {
    const std::lock_guard lock{mutex_};
    stopping_ = true;
  }
  wake_.notify_all();
  thread_.join();
}

void lease::renew() {
  auto state = lease_state::held;
  for (;;) {
    {
      std::unique_lock lock{mutex_};
      const auto wait = state == lease_state::held ? config_.renew_every : config_.retry_every;
      if (wake_.wait_for(lock, wait, [this] { return stopping_; }))
        return;
    }
    const auto renewed = table_->renew();
    const auto before = std::exchange(
        state, renewed ? lease_state::held
                       : (renewed.error().reason == ownership_failure::away ? lease_state::away : lease_state::lost));
    if (state != before)
      on_change_(state, renewed ? "" : renewed.error().detail);
    if (state == lease_state::lost)
      return;
  }
}

} // namespace frontrow::persistence
