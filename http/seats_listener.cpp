#include "http/seats_listener.hpp"

namespace frontrow::http {

void seats_listener::listen(live_hub& hub, const actors::option_on_show& option, asio::io_context& on) {
  seats_ = hub.watch_seats(option, shared_from_this(), on);
}

void seats_listener::only_while_active(live_hub& hub, domain::concert_id concert,
                                       const domain::place_view& place, asio::io_context& on) {
  place_ = hub.watch_place(concert, domain::progress_of(place), shared_from_this(), on);
}

std::optional<live_event> seats_listener::next() {
  if (over_ || !page_)
    return std::nullopt;
  live_event event{"seats", {}, {}, nullptr};
  if (told_ != 0 && told_ < page_->version())
    event.shared = page_->changes_since(told_);
  if (event.shared) {
    told_ = page_->version();
  } else if (told_ != page_->version()) { // it knows nothing, too little, or more than this front
    event.shared = page_->base().text();
    told_ = page_->base().version();
  }
  if (told_ == page_->version())
    page_ = nullptr;
  if (!event.shared)
    return std::nullopt;
  event.id = std::to_string(told_);
  return event;
}

void seats_listener::place_is(const domain::place_progress& now) {
  if (now.status == domain::place_status::active)
    return;
  over_ = true;
  has_news();
}

void seats_listener::seats_are(const std::shared_ptr<const seat_page>& now) {
  page_ = now;
  has_news();
}

} // namespace frontrow::http
