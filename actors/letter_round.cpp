#include "actors/letter_round.hpp"

#include <cassert>
#include <utility>

#include "actors/gateway.hpp"
#include "cluster/departure.hpp"

namespace frontrow::actors {

namespace {
thread_local letter_round* open_round = nullptr;
} // namespace

letter_round* letter_round::of_this_thread() { return open_round; }

letter_round::letter_round() {
  assert(open_round == nullptr);
  open_round = this;
}

letter_round::~letter_round() {
  send();
  open_round = nullptr;
}

void letter_round::send(run_woken where) {
  // Who is answered at once may ask again. What goes out then is for workers: it must not keep this thread here.
  for (where_ = where; !steps_.empty() || !letters_.empty(); where_ = run_woken::by_workers) {
    for (const auto& step : std::exchange(steps_, {}))
      step();
    std::swap(letters_, going_);
    {
      cluster::departure together;
      for (auto& each : going_)
        each.through->send(std::move(each.content), std::move(each.waiting));
      going_.clear();
    }
    if (woken_)
      woken_->run();
  }
  where_ = run_woken::by_workers;
}

caf::execution_unit* letter_round::runs_woken(caf::actor_system& system) {
  if (where_ == run_woken::by_workers)
    return nullptr;
  if (!woken_)
    woken_.emplace(system);
  return &woken_->system() == &system ? &*woken_ : nullptr;
}

} // namespace frontrow::actors
