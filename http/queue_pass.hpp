#pragma once

#include "http/ask.hpp"
#include "http/front.hpp"
#include "http/opaque_ids.hpp"
#include "http/refusal_problem.hpp"

#include <optional>
#include <variant>

/// The queue token, from its header or, where a browser can send none, from the query; checked.
namespace frontrow::http {

/// The token as sent, or the problem with it. With `concert` it must be of that concert.
std::variant<queue_token, response> shown_token(const request_context& asked,
                                                std::optional<domain::concert_id> concert);

/// The token of a request that goes by the token alone: of any concert that exists.
std::variant<queue_token, response> known_token(const front& in, const request_context& asked);

/// Lets through whoever shows an ACTIVE token of the concert; otherwise in `problem` why not.
struct pass {
  queue_token token;
  domain::place_view place;
  std::optional<response> problem;
};
awaitable<pass> active_pass(front& in, const request_context& asked, domain::concert_id concert);

} // namespace frontrow::http
