#include "http/ask.hpp"
#include "http/command_identity.hpp"
#include "http/queue_pass.hpp"
#include "http/routes.hpp"
#include "http/views_json.hpp"

namespace frontrow::http {

namespace {

response no_such_concert(const request& asked) {
  return refusal_response(asked, {domain::refusal::concert_not_found, {}});
}

awaitable<response> join_queue(front& in, request_context& asked) {
  auto body = asked.json();
  if (const auto wrong = body.finish())
    co_return asked.invalid(*wrong);
  const auto concert = asked.id("concertId");
  if (in.catalog.now()->concert(concert) == nullptr)
    co_return no_such_concert(asked);
  domain::join_queue command;
  if (!asked.idempotency_key.empty()) // one place per user: without a key there is nothing more to recognise
    command.command = identity_of(in, asked, "join:" + std::to_string(concert));
  command.user = asked.caller;
  in.random(command.secret);
  const auto told = co_await in.places.join(concert, command, asked.trace_id);
  if (auto failed = failure_of(asked, told))
    co_return std::move(*failed);
  const auto& place = std::get<domain::place_view>(*told);
  co_return json_text(place.how == domain::answer::made ? 201 : 200, place_json(concert, place));
}

awaitable<response> read_place(front& in, request_context& asked) {
  auto query = asked.query();
  if (const auto wrong = query.finish())
    co_return asked.invalid(*wrong);
  auto shown = known_token(in, asked);
  if (auto* problem = std::get_if<response>(&shown))
    co_return std::move(*problem);
  const auto token = std::get<queue_token>(shown);
  const domain::read_place question{token.place, token.secret, asked.caller};
  auto place = in.places.glance(token.concert, question);
  if (!place) {
    const auto told = co_await in.places.ask(token.concert, question);
    if (auto failed = failure_of(asked, told))
      co_return std::move(*failed);
    place = std::get<domain::place_view>(*told);
  }
  co_return json_text(200, place_json(token.concert, *place));
}

awaitable<response> leave_queue(front& in, request_context& asked) {
  auto shown = known_token(in, asked);
  if (auto* problem = std::get_if<response>(&shown))
    co_return std::move(*problem);
  const auto token = std::get<queue_token>(shown);
  const domain::leave_queue command{token.place, token.secret, asked.caller};
  const auto told = co_await ask<domain::queue>(in.node, token.concert, command, asked.trace_id);
  if (auto failed = failure_of(asked, told))
    co_return std::move(*failed);
  co_return no_content();
}

} // namespace

void add_queue_routes(public_router& routes, front& in) {
  routes.add(method::post, "/api/v1/concerts/{concertId:id}/queue", "joinQueue", access::login,
             answered_by(in, join_queue));
  routes.add(method::get, "/api/v1/queue", "getQueuePlace", access::optional, answered_by(in, read_place));
  routes.add(method::remove, "/api/v1/queue", "leaveQueue", access::optional, answered_by(in, leave_queue));
}

} // namespace frontrow::http
