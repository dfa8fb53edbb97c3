#pragma once

#include "http/live_hub.hpp"
#include "http/live_listener.hpp"

#include <string>

namespace frontrow::http {

/// The name of a place's state, the same on every front: "WAITING-41-5" (position, seconds to go),
/// "ACTIVE-1800000000000" (until, in milliseconds), "COMPLETED", "EXPIRED", "SOLD_OUT".
std::string state_id(const domain::place_progress& state);

/// One who listens to a place in a queue.
class place_listener final : public live_listener {
public:
  /// `seen`: the state is this, by its owner's word. `last_event_id`: what the client knows; empty: nothing.
  place_listener(listener_ticket ticket, domain::concert_id concert, const domain::place_view& seen,
                 std::string_view last_event_id);

  /// Begins to be told, in `on`.
  void listen(live_hub& hub, asio::io_context& on);

  std::optional<live_event> next() override;
  bool over() const override;
  void place_is(const domain::place_progress& now) override;

private:
  domain::concert_id concert_;
  domain::user_id user_;
  domain::place_secret secret_;
  domain::place_progress state_;
  std::string told_; // the name of the state that the client knows
  bool due_;         // the state is another one
  live_hub::subscription subscription_;
};

} // namespace frontrow::http
