#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <map>
#include <mutex>
#include <type_traits>

#include "actors/answer_times.hpp"
#include "domain/account.hpp"
#include "domain/queue.hpp"
#include "domain/seat_map.hpp"

namespace frontrow::actors {

/// What the actors of a node have done since it started, for metrics. Every function for any thread.
class counters {
public:
  static constexpr std::size_t reasons = 32; // refusal numbers end well below
  static constexpr std::size_t kinds = 4;    // entity_kind numbers end at 3

  struct queue_figures {
    std::int64_t waiting = 0;
    std::int64_t active = 0;
  };

  template <class Event>
  void recorded(const Event& happened) {
    std::visit([this](const auto& event) { note(event); }, happened);
  }
  void refused(domain::refusal reason) { add(refusals_[static_cast<std::size_t>(reason) % reasons], 1); }
  void born(domain::entity_kind kind) { add(live_[static_cast<std::size_t>(kind) % kinds], 1); }
  void gone(domain::entity_kind kind) { add(live_[static_cast<std::size_t>(kind) % kinds], -1); }
  void queue_is(domain::concert_id concert, queue_figures figures) {
    std::lock_guard lock{mutex_};
    queues_[concert] = figures;
  }

  actors::answer_times& answer_times() { return answer_times_; }
  const actors::answer_times& answer_times() const { return answer_times_; }

  std::int64_t refusals(domain::refusal reason) const { return refusals_[static_cast<std::size_t>(reason)]; }
  std::int64_t live(domain::entity_kind kind) const { return live_[static_cast<std::size_t>(kind)]; }
  std::int64_t holds() const { return holds_; }
  std::int64_t sales() const { return sales_; }
  std::int64_t admissions() const { return admissions_; }
  std::int64_t joins() const { return joins_; }
  std::int64_t charges() const { return charges_; }
  std::map<domain::concert_id, queue_figures> queues() const {
    std::lock_guard lock{mutex_};
    return queues_;
  }

private:
  using figure = std::atomic<std::int64_t>;
  static void add(figure& to, std::int64_t much) { to.fetch_add(much, std::memory_order_relaxed); }

  template <class Event>
  void note(const Event& event) {
    if constexpr (std::is_same_v<Event, domain::seats_held>)
      add(holds_, 1);
    else if constexpr (std::is_same_v<Event, domain::seats_sold>)
      add(sales_, 1);
    else if constexpr (std::is_same_v<Event, domain::places_admitted>)
      add(admissions_, event.count);
    else if constexpr (std::is_same_v<Event, domain::place_taken>)
      add(joins_, 1);
    else if constexpr (std::is_same_v<Event, domain::places_taken>)
      add(joins_, static_cast<std::int64_t>(event.takers.size()));
    else if constexpr (std::is_same_v<Event, domain::charged>)
      add(charges_, 1);
  }

  figure holds_{0};
  figure sales_{0};
  figure admissions_{0};
  figure joins_{0};
  figure charges_{0};
  std::array<figure, reasons> refusals_{};
  std::array<figure, kinds> live_{};
  actors::answer_times answer_times_;
  mutable std::mutex mutex_;
  std::map<domain::concert_id, queue_figures> queues_;
};

} // namespace frontrow::actors
