#pragma once

#include "cluster/members.hpp"
#include "tests/simulation/plan.hpp"

#include <algorithm>
#include <functional>
#include <utility>
#include <vector>

namespace frontrow::simulation {

/// Something that happens at a time; to a node (its number), or to the world (0).
struct happening {
  enum class by : std::uint8_t { message, timer };
  sim_time at = 0;
  std::uint64_t order = 0;
  cluster::node_number owner = 0;
  by cause = by::message;
  std::function<void()> what;
};

/// What is to happen, earliest first; at the same time, in the order in which it was planned.
class scheduler {
public:
  void plan(sim_time at, cluster::node_number owner, std::function<void()> what,
            happening::by cause = happening::by::message) {
    heap_.push_back({std::max(at, now_), next_++, owner, cause, std::move(what)});
    std::push_heap(heap_.begin(), heap_.end(), later);
  }
  bool empty() const { return heap_.empty(); }
  /// Time goes on to it.
  happening take() {
    std::pop_heap(heap_.begin(), heap_.end(), later);
    auto next = std::move(heap_.back());
    heap_.pop_back();
    now_ = next.at;
    return next;
  }
  sim_time now() const { return now_; }

private:
  static bool later(const happening& a, const happening& b) {
    return a.at != b.at ? a.at > b.at : a.order > b.order;
  }
  std::vector<happening> heap_;
  sim_time now_ = 0;
  std::uint64_t next_ = 0;
};

/// Keeps what one sends another in order.
struct channel {
  sim_time last = 0;
};

} // namespace frontrow::simulation
