#pragma once

#include "actors/catalog.hpp"
#include "actors/node.hpp"
#include "http/live_listener.hpp"
#include "http/seat_feed.hpp"
#include "http/seat_list_cache.hpp"

#include <boost/asio/io_context.hpp>
#include <memory>

namespace frontrow::http {

/// Keeps every listener of this front told: asks each queue and each seat map that somebody listens to, one
/// question at a time whatever their number, and gives what changed to the listeners, on their own threads
/// (docs/live.md). Has one thread of its own. Every function for any thread.
class live_hub {
public:
  /// All of it outlives the hub, the listeners apart.
  live_hub(actors::node& node, seat_list_cache& seat_lists, metrics& figures, const listener_limits& limits);
  ~live_hub();
  live_hub(const live_hub&) = delete;
  live_hub& operator=(const live_hub&) = delete;
  /// Nobody is told anything any more. To be called before the contexts of the listeners go.
  void stop();

  listener_count& listeners() { return listeners_; }

private:
  struct state;

public:
  /// Ends what it stands for when it goes.
  class subscription {
  public:
    subscription() = default;
    subscription(subscription&& other) noexcept = default;
    subscription& operator=(subscription&& other) noexcept = default;
    ~subscription();

  private:
    friend class live_hub;
    std::weak_ptr<state> to_;
    domain::entity_ref of_;
    domain::place_number place_ = 0; // of a queue
  };

  /// `who` knows the place in this state; from here on its `place_is` is called in `on`.
  subscription watch_place(domain::concert_id concert, const domain::place_progress& known,
                           const std::shared_ptr<live_listener>& who, asio::io_context& on);
  /// `seats_are`, once as soon as they are known, then whenever they change.
  subscription watch_seats(const actors::option_on_show& option, const std::shared_ptr<live_listener>& who,
                           asio::io_context& on);

private:
  seat_list_cache& seat_lists_;
  listener_count listeners_;
  std::shared_ptr<state> state_;
};

} // namespace frontrow::http
