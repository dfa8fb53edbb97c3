#pragma once

#include "http/live_hub.hpp"
#include "http/live_listener.hpp"
#include "http/seat_feed.hpp"

namespace frontrow::http {

/// One who looks at a hall. Of a concert with guardSeatMap only while the place is ACTIVE.
class seats_listener final : public live_listener {
public:
  /// `known`: the version that the client has; 0: none.
  seats_listener(listener_ticket ticket, domain::event_number known)
      : live_listener(std::move(ticket)), told_(known) {}

  /// Begins to be told, in `on`.
  void listen(live_hub& hub, const actors::option_on_show& option, asio::io_context& on);
  /// Ends when this place, which was ACTIVE just now, is so no longer.
  void only_while_active(live_hub& hub, domain::concert_id concert, const domain::place_view& place,
                         asio::io_context& on);

  std::optional<live_event> next() override;
  bool over() const override { return over_; }
  /// A list has up to a megabyte, and should not need a round trip for every 8 KB.
  int send_buffer_bytes() const override { return 64 * 1024; }
  void place_is(const domain::place_progress& now) override;
  void seats_are(const std::shared_ptr<const seat_page>& now) override;

private:
  std::shared_ptr<const seat_page> page_; // null once it is told: a page keeps a list in memory
  domain::event_number told_;
  bool over_ = false;
  live_hub::subscription seats_;
  live_hub::subscription place_;
};

} // namespace frontrow::http
