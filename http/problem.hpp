#pragma once

#include "http/response.hpp"

#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <span>
#include <string>
#include <string_view>

/// Errors as RFC 9457 problem documents. One table (problem.cpp) says which status and title a code has.
namespace frontrow::http {

/// The codes of API.md.
enum class error_code : std::uint8_t {
  invalid_request,
  unauthorized,
  insufficient_balance,
  queue_token_required,
  queue_token_invalid,
  queue_token_not_active,
  not_found,
  concert_not_found,
  option_not_found,
  seat_not_found,
  reservation_not_found,
  payment_not_found,
  method_not_allowed,
  seat_taken,
  not_enough_seats,
  sales_closed,
  already_paid,
  queue_full,
  sold_out,
  payment_not_completed,
  no_other_node,
  hold_expired,
  payload_too_large,
  unsupported_media_type,
  too_many_seats,
  idempotency_key_reused,
  rate_limited,
  headers_too_large,
  internal,
  unavailable,
};

struct problem_kind {
  error_code code;
  std::string_view name; ///< as in the body: "SEAT_TAKEN"
  unsigned status;
  std::string_view title;
};

/// The row of the table. Every code has one.
const problem_kind& kind_of(error_code code);
/// All rows, in the order of `error_code`.
std::span<const problem_kind> problem_kinds();
/// By its name in the body.
std::optional<error_code> error_code_of(std::string_view name);

/// The document {"type","title","status","code","detail","traceId", members of `extra`...} with the headers
/// that belong to the code: 401 has WWW-Authenticate, 503 has Retry-After (1 s; 429 gets the
/// seconds from `extra`'s "retryAfterMs", rounded up, as does 503 when it has one).
/// `detail` is read by people and must hold nothing internal; what is not UTF-8 in it is replaced.
/// `extra` is an object; it cannot override the members above.
response problem_response(error_code code, std::string_view detail, std::string_view trace_id,
                          const nlohmann::json& extra = nlohmann::json::object());

} // namespace frontrow::http
