#pragma once

#include "actors/gateway.hpp"
#include "domain/decision.hpp"
#include "http/problem.hpp"
#include "http/request.hpp"

#include <optional>
#include <span>
#include <string_view>
#include <variant>

/// Which status a refusal of the rules is: one table (refusal_problem.cpp).
namespace frontrow::http {

struct refusal_kind {
  domain::refusal reason;
  error_code code;
  std::string_view detail; ///< for people
};

/// The row of the table. Every refusal has one.
const refusal_kind& kind_of(domain::refusal reason);
std::span<const refusal_kind> refusal_kinds();

/// The problem document of a refusal, with `seats` where it names seats.
response refusal_response(const request& asked, const domain::refused& why);

/// 503: nothing is known to have happened, ask again with the same key.
response unavailable_response(const request& asked);

/// The response to an outcome that is no reply; nothing if it is one.
template <class Reply>
std::optional<response> failure_of(const request& asked, const actors::outcome<Reply>& told) {
  if (const auto* refused = std::get_if<domain::refused>(&told))
    return refusal_response(asked, *refused);
  if (std::holds_alternative<actors::unavailable>(told))
    return unavailable_response(asked);
  return std::nullopt;
}
template <class Reply>
std::optional<response> failure_of(const request& asked, const std::optional<actors::outcome<Reply>>& told) {
  return told ? failure_of(asked, *told) : unavailable_response(asked);
}

} // namespace frontrow::http
