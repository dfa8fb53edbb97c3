#include "http/queue_pass.hpp"

namespace frontrow::http {

std::variant<queue_token, response> shown_token(const request_context& asked,
                                                std::optional<domain::concert_id> concert) {
  if (asked.queue_token.empty())
    return asked.problem(error_code::queue_token_required,
                         "Join the concert's queue and send its token as Queue-Token.");
  const auto token = parse_queue_token(asked.queue_token);
  if (!token || (concert && token->concert != *concert))
    return refusal_response(asked, {domain::refusal::queue_token_invalid, {}});
  return *token;
}

std::variant<queue_token, response> known_token(const front& in, const request_context& asked) {
  auto shown = shown_token(asked, std::nullopt);
  if (const auto* token = std::get_if<queue_token>(&shown))
    if (in.catalog.now()->concert(token->concert) == nullptr)
      return refusal_response(asked, {domain::refusal::queue_token_invalid, {}});
  return shown;
}

awaitable<pass> active_pass(front& in, const request_context& asked, domain::concert_id concert) {
  auto shown = shown_token(asked, concert);
  if (auto* problem = std::get_if<response>(&shown))
    co_return pass{{}, {}, std::move(*problem)};
  const auto token = std::get<queue_token>(shown);
  const auto told = co_await in.places.read(concert, {token.place, token.secret, asked.caller});
  const auto* place = std::get_if<domain::place_view>(&told);
  if (place == nullptr)
    co_return pass{token, {}, failure_of(asked, told)};
  if (place->status != domain::place_status::active) {
    in.node.counters().refused(domain::refusal::queue_token_not_active);
    co_return pass{token, *place, refusal_response(asked, {domain::refusal::queue_token_not_active, {}})};
  }
  co_return pass{token, *place, std::nullopt};
}

} // namespace frontrow::http
