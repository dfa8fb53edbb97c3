#include "http/problem.hpp"

#include <array>
#include <cassert>

namespace frontrow::http {

namespace {

using enum error_code;

constexpr std::array table{
    problem_kind{invalid_request, "INVALID_REQUEST", 400, "The request is not valid"},
    problem_kind{unauthorized, "UNAUTHORIZED", 401, "A valid access token is needed"},
    problem_kind{insufficient_balance, "INSUFFICIENT_BALANCE", 402, "The balance does not suffice"},
    problem_kind{queue_token_required, "QUEUE_TOKEN_REQUIRED", 403, "A queue token is needed"},
    problem_kind{queue_token_invalid, "QUEUE_TOKEN_INVALID", 403, "The queue token is not valid here"},
    problem_kind{queue_token_not_active, "QUEUE_TOKEN_NOT_ACTIVE", 403, "The queue token is not active"},
    problem_kind{not_found, "NOT_FOUND", 404, "There is nothing here"},
    problem_kind{concert_not_found, "CONCERT_NOT_FOUND", 404, "There is no such concert"},
    problem_kind{option_not_found, "OPTION_NOT_FOUND", 404, "There is no such option"},
    problem_kind{seat_not_found, "SEAT_NOT_FOUND", 404, "There is no such seat"},
    problem_kind{reservation_not_found, "RESERVATION_NOT_FOUND", 404, "There is no such reservation"},
    problem_kind{payment_not_found, "PAYMENT_NOT_FOUND", 404, "There is no such payment"},
    problem_kind{method_not_allowed, "METHOD_NOT_ALLOWED", 405, "The path does not take this method"},
    problem_kind{seat_taken, "SEAT_TAKEN", 409, "A seat is taken"},
    problem_kind{not_enough_seats, "NOT_ENOUGH_SEATS", 409, "There are not enough seats"},
    problem_kind{sales_closed, "SALES_CLOSED", 409, "Sales are closed"},
    problem_kind{already_paid, "ALREADY_PAID", 409, "The reservation is paid"},
    problem_kind{queue_full, "QUEUE_FULL", 409, "The waiting room is full"},
    problem_kind{sold_out, "SOLD_OUT", 409, "Every seat is sold"},
    problem_kind{payment_not_completed, "PAYMENT_NOT_COMPLETED", 409, "The payment is not completed"},
    problem_kind{no_other_node, "NO_OTHER_NODE", 409, "There is no other node"},
    problem_kind{hold_expired, "HOLD_EXPIRED", 410, "The hold has expired"},
    problem_kind{payload_too_large, "PAYLOAD_TOO_LARGE", 413, "The body is too large"},
    problem_kind{unsupported_media_type, "UNSUPPORTED_MEDIA_TYPE", 415, "The body must be application/json"},
    problem_kind{too_many_seats, "TOO_MANY_SEATS", 422, "These are more seats than one person may have"},
    problem_kind{idempotency_key_reused, "IDEMPOTENCY_KEY_REUSED", 422,
                 "The idempotency key was used for another request"},
    problem_kind{rate_limited, "RATE_LIMITED", 429, "Too many requests"},
    problem_kind{headers_too_large, "HEADERS_TOO_LARGE", 431, "The headers are too large"},
    problem_kind{internal, "INTERNAL", 500, "Something went wrong here"},
    problem_kind{unavailable, "UNAVAILABLE", 503, "Not available at the moment"},
};

constexpr bool in_order() {
  for (std::size_t at = 0; at < table.size(); ++at)
    if (static_cast<std::size_t>(table[at].code) != at)
      return false;
  return table.size() == static_cast<std::size_t>(unavailable) + 1;
}
static_assert(in_order(), "one row for every code, in their order");

/// A code says where the next try has a chance; without a figure of its own, a second.
std::string retry_after_seconds(const nlohmann::json& extra) {
  std::int64_t milliseconds = 1000;
  if (auto given = extra.find("retryAfterMs"); given != extra.end() && given->is_number_integer())
    milliseconds = given->get<std::int64_t>();
  return std::to_string(milliseconds <= 1000 ? 1 : (milliseconds - 1) / 1000 + 1);
}

} // namespace

const problem_kind& kind_of(error_code code) {
  return table[static_cast<std::size_t>(code)];
}

std::span<const problem_kind> problem_kinds() {
  return table;
}

std::optional<error_code> error_code_of(std::string_view name) {
  for (const auto& kind : table)
    if (kind.name == name)
      return kind.code;
  return std::nullopt;
}

response problem_response(error_code code, std::string_view detail, std::string_view trace_id,
                          const nlohmann::json& extra) {
  assert(extra.is_object());
  const auto& kind = kind_of(code);
  nlohmann::ordered_json document{
      {"type", "about:blank"}, {"title", kind.title}, {"status", kind.status},
      {"code", kind.name},     {"detail", detail},    {"traceId", trace_id},
  };
  for (const auto& [name, value] : extra.items())
    if (!document.contains(name))
      document[name] = value;
  response answer{
      .status = kind.status,
      .content_type = problem_type,
      .text = document.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace),
      .shared = {},
      .headers = {},
  };
  if (kind.status == 401)
    answer.with("WWW-Authenticate", "Bearer");
  if (kind.status == 429 || kind.status == 503)
    answer.with("Retry-After", retry_after_seconds(extra));
  return answer;
}

} // namespace frontrow::http
