#pragma once

#include "domain/queue.hpp"

#include <atomic>
#include <boost/unordered/unordered_flat_map.hpp>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <shared_mutex>
#include <vector>

namespace frontrow::actors {

/// Looks at a board that its queue has not heard of yet: at so many the queue is called to hear of them,
/// since nothing else may bring it here for minutes. A few kilobytes, and a message for a thousand looks.
inline constexpr std::size_t sights_worth_a_call = 1'000;
/// Past so many nothing is read here: a queue that does not come is asked itself, and limits what waits
/// before it.
inline constexpr std::size_t sights_max = 20'000;

/// What is durable of one queue's places, where any thread reads it without asking the queue's actor. The
/// queue's life (entity_life) puts it up, tells it each event once it is in the journal, and takes it down
/// when it ends; so nobody learns here what a crash can take back. Whoever looks counts as present: the life
/// hears of it before it next decides anything. Every function for any thread.
class place_board {
public:
  /// `durable`: as of an event that is in the journal. `call`: brings the queue here, from any thread; may
  /// come to nothing.
  place_board(domain::place_book durable, std::function<void()> call)
      : book_(std::move(durable)), call_(std::move(call)) {}

  /// As the queue answers `read_place`, as of its last durable event. Nothing: no such place is known here,
  /// or too many looked already; ask the queue.
  std::optional<domain::place_view> read(const domain::read_place& question, domain::instant now);
  void tell(const domain::queue_event& durable);
  /// Those who looked since the last time.
  domain::places_seen take_sights();

private:
  std::mutex mutex_;
  domain::place_book book_;
  domain::places_seen sights_;
  std::atomic<bool> any_sights_{false};
  const std::function<void()> call_;
};

/// The boards of the queues that live on this node. Every function for any thread.
class place_boards {
public:
  void put_up(domain::concert_id concert, std::shared_ptr<place_board> board);
  /// If it is still this one that hangs there.
  void take_down(domain::concert_id concert, const std::shared_ptr<place_board>& board);
  /// Null: none hangs here.
  std::shared_ptr<place_board> of(domain::concert_id concert) const;

private:
  mutable std::shared_mutex mutex_;
  boost::unordered_flat_map<domain::concert_id, std::shared_ptr<place_board>> boards_;
};

} // namespace frontrow::actors
