#include "http/place_listener.hpp"

#include "http/place_feed.hpp"
#include "http/views_json.hpp"

namespace frontrow::http {

std::string state_id(const domain::place_progress& state) {
  std::string id{name_of(state.status)};
  if (state.status == domain::place_status::waiting)
    id += "-" + std::to_string(state.position) + "-" + std::to_string(state.eta_seconds);
  else if (state.status == domain::place_status::active)
    id += "-" + std::to_string(state.valid_until.time_since_epoch().count());
  return id;
}

place_listener::place_listener(listener_ticket ticket, domain::concert_id concert,
                               const domain::place_view& seen, std::string_view last_event_id)
    : live_listener(std::move(ticket)), concert_(concert), user_(seen.user), secret_(seen.secret),
      state_(domain::progress_of(seen)), told_(last_event_id), due_(state_id(state_) != last_event_id) {}

void place_listener::listen(live_hub& hub, asio::io_context& on) {
  if (!is_over(state_.status))
    subscription_ = hub.watch_place(concert_, state_, shared_from_this(), on);
}

std::optional<live_event> place_listener::next() {
  if (!due_)
    return std::nullopt;
  due_ = false;
  told_ = state_id(state_);
  domain::place_view view;
  view.place = state_.place;
  view.secret = secret_;
  view.user = user_;
  view.status = state_.status;
  view.position = state_.position;
  view.eta_seconds = state_.eta_seconds;
  view.poll_after_ms = state_.poll_after_ms;
  view.valid_until = state_.valid_until;
  return live_event{"queue", told_, place_json(concert_, view), nullptr};
}

bool place_listener::over() const {
  return !due_ && is_over(state_.status);
}

void place_listener::place_is(const domain::place_progress& now) {
  if (is_over(state_.status)) // nothing comes after that
    return;
  state_ = now;
  due_ = state_id(state_) != told_;
  if (due_)
    has_news();
}

} // namespace frontrow::http
