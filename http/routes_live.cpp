#include "http/event_text.hpp"
#include "http/place_feed.hpp"
#include "http/place_listener.hpp"
#include "http/queue_pass.hpp"
#include "http/routes.hpp"
#include "http/seats_listener.hpp"
#include "http/websocket_stream.hpp"

#include <boost/asio/this_coro.hpp>
#include <charconv>

namespace frontrow::http {

namespace {

/// Longer than any queue token.
constexpr std::size_t token_length_max = 128;
/// Where no stream is to be had: the client polls meanwhile.
constexpr std::int64_t retry_after_ms = 5'000;

response no_room(const request& asked, listener_count::refusal why) {
  const nlohmann::json after{{"retryAfterMs", retry_after_ms}};
  switch (why) {
  case listener_count::refusal::too_many_of_address:
    return asked.problem(error_code::rate_limited,
                         "Too many streams are open from this address; poll instead", after);
  case listener_count::refusal::leaving:
    return asked.problem(error_code::unavailable, "This server is about to stop; poll, or listen elsewhere",
                         after);
  case listener_count::refusal::too_many:
    break;
  }
  return asked.problem(error_code::unavailable, "Too many streams are open; poll instead", after);
}

response stream_of(unsigned status, std::shared_ptr<live_listener> to) {
  response answer{.status = status,
                  .content_type = event_stream_type,
                  .text = {},
                  .shared = {},
                  .headers = {},
                  .stream = std::move(to)};
  return answer.with("Cache-Control", "no-store")
      .with("X-Accel-Buffering", "no"); // a proxy must not gather events
}

/// `?queueToken=`, where there is no header: an EventSource and a WebSocket of a browser can send none.
std::optional<std::string> read_token(request_context& asked, std::string& token) {
  auto query = asked.query();
  token = query.optional_text("queueToken", token_length_max).value_or("");
  if (auto wrong = query.finish())
    return wrong;
  if (asked.queue_token.empty())
    asked.queue_token = token;
  return std::nullopt;
}

enum class speaks : std::uint8_t { events, websocket };

awaitable<response> listen_to_place(front& in, request_context& asked, speaks how) {
  std::string token_text;
  if (const auto wrong = read_token(asked, token_text))
    co_return asked.invalid(*wrong);
  auto shown = known_token(in, asked);
  if (auto* problem = std::get_if<response>(&shown))
    co_return std::move(*problem);
  const auto token = std::get<queue_token>(shown);
  auto admitted = in.live.listeners().admit(asked.peer, stream_kind::queue);
  if (const auto* why = std::get_if<listener_count::refusal>(&admitted))
    co_return no_room(asked, *why);
  const domain::read_place question{token.place, token.secret, asked.caller};
  const auto told = co_await in.places.read(token.concert, question);
  if (auto failed = failure_of(asked, told))
    co_return std::move(*failed);
  const auto& place = std::get<domain::place_view>(told);
  const auto seen = how == speaks::events ? asked.headers.last_event_id : std::string_view{};
  if (is_over(place.status) && state_id(domain::progress_of(place)) == seen)
    co_return no_content(); // an EventSource would come again for ever
  if (asked.verb == method::head)
    co_return stream_of(200, nullptr);
  auto& ticket = std::get<listener_ticket>(admitted);
  auto listener = std::make_shared<place_listener>(std::move(ticket), token.concert, place, seen);
  const auto here = co_await asio::this_coro::executor; // of this connection: listeners are told there
  listener->listen(in.live, here.context());
  co_return stream_of(how == speaks::events ? 200 : 101, std::move(listener));
}

awaitable<response> queue_events(front& in, request_context& asked) {
  co_return co_await listen_to_place(in, asked, speaks::events);
}

awaitable<response> queue_socket(front& in, request_context& asked) {
  if (asked.verb != method::get || !wants_websocket(asked.headers))
    co_return asked.invalid("A WebSocket is spoken here: send Upgrade: websocket, version 13");
  co_return co_await listen_to_place(in, asked, speaks::websocket);
}

/// The version that a client knows; 0: none.
domain::event_number version_of(std::string_view last_event_id) {
  domain::event_number version = 0;
  const auto* end = last_event_id.data() + last_event_id.size();
  const auto [rest, wrong] = std::from_chars(last_event_id.data(), end, version);
  return wrong == std::errc{} && rest == end && version > 0 ? version : 0;
}

awaitable<response> seat_events(front& in, request_context& asked) {
  std::string token_text;
  if (const auto wrong = read_token(asked, token_text))
    co_return asked.invalid(*wrong);
  const auto catalog = in.catalog.now();
  const auto option = catalog->option(asked.id("optionId"));
  if (!option)
    co_return refusal_response(asked, {domain::refusal::option_not_found, {}});
  auto admitted = in.live.listeners().admit(asked.peer, stream_kind::seats);
  if (const auto* why = std::get_if<listener_count::refusal>(&admitted))
    co_return no_room(asked, *why);
  const auto* concert = catalog->concert(option->concert);
  const auto guarded = concert != nullptr && concert->policy.guard_seat_map;
  pass allowed;
  if (guarded)
    allowed = co_await active_pass(in, asked, option->concert);
  if (allowed.problem)
    co_return std::move(*allowed.problem);
  if (asked.verb == method::head)
    co_return stream_of(200, nullptr);
  auto& ticket = std::get<listener_ticket>(admitted);
  auto listener =
      std::make_shared<seats_listener>(std::move(ticket), version_of(asked.headers.last_event_id));
  const auto here = co_await asio::this_coro::executor;
  if (guarded)
    listener->only_while_active(in.live, option->concert, allowed.place, here.context());
  listener->listen(in.live, option, here.context());
  co_return stream_of(200, std::move(listener));
}

} // namespace

void add_live_routes(public_router& routes, front& in) {
  routes.add(method::get, "/api/v1/queue/events", "listenToQueuePlace", access::optional,
             answered_by(in, queue_events));
  routes.add(method::get, "/api/v1/queue/socket", "openQueueSocket", access::optional,
             answered_by(in, queue_socket));
  routes.add(method::get, "/api/v1/options/{optionId:id}/seats/events", "listenToOptionSeats",
             access::optional, answered_by(in, seat_events));
}

} // namespace frontrow::http
