#include "actors/gateway.hpp"

#include <functional>
#include <thread>
#include <utility>

namespace frontrow::actors {

gateway::gateway(std::size_t asks_max, std::chrono::milliseconds ask_timeout)
    : asks_max_(asks_max), ask_timeout_(ask_timeout), stripes_(stripes) {}

std::optional<cluster::return_address> gateway::expect(std::unique_ptr<pending_answer> waiting) {
  const auto index = std::hash<std::thread::id>{}(std::this_thread::get_id()) % stripes;
  auto& mine = stripes_[index];
  {
    std::lock_guard lock{mine.mutex};
    if (mine.waiting.size() < asks_max_) {
      const auto correlation = mine.next++;
      mine.waiting.emplace(correlation,
                           entry{std::move(waiting), std::chrono::steady_clock::now() + ask_timeout_});
      return cluster::return_address{static_cast<std::uint16_t>(index + 1), correlation, {}, {}};
    }
  }
  waiting->complete({});
  return std::nullopt;
}

void gateway::complete(const cluster::return_address& to, const caf::message& answer) {
  if (to.gateway == 0 || to.gateway > stripes)
    return;
  auto& mine = stripes_[to.gateway - 1u];
  std::unique_ptr<pending_answer> waiting;
  {
    std::lock_guard lock{mine.mutex};
    auto found = mine.waiting.find(to.correlation);
    if (found == mine.waiting.end())
      return;
    waiting = std::move(found->second.waiting);
    mine.waiting.erase(found);
  }
  waiting->complete(answer);
}

template <class Condition>
void gateway::give_up(Condition condition) {
  for (auto& each : stripes_) {
    std::vector<std::unique_ptr<pending_answer>> over;
    {
      std::lock_guard lock{each.mutex};
      for (auto it = each.waiting.begin(); it != each.waiting.end();) {
        if (condition(it->second)) {
          over.push_back(std::move(it->second.waiting));
          each.waiting.erase(it++);
        } else {
          ++it;
        }
      }
    }
    for (auto& waiting : over)
      waiting->complete({});
  }
}

void gateway::expire(steady_time now) {
  give_up([now](const entry& each) { return each.deadline <= now; });
}

void gateway::close() {
  give_up([](const entry&) { return true; });
}

std::size_t gateway::waiting() const {
  std::size_t sum = 0;
  for (const auto& each : stripes_) {
    std::lock_guard lock{each.mutex};
    sum += each.waiting.size();
  }
  return sum;
}

} // namespace frontrow::actors
