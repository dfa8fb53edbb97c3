#pragma once

#include "domain/identity.hpp"
#include "http/json_body.hpp"
#include "http/method.hpp"
#include "http/peer_address.hpp"
#include "http/problem.hpp"
#include "http/query.hpp"
#include "http/response.hpp"

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

namespace frontrow::http {

struct route;

/// The headers that Frontrow reads; empty when absent. No other header is kept.
struct request_headers {
  std::string_view accept_encoding;
  std::string_view host;
  std::string_view authorization;
  std::string_view connection;
  std::string_view content_type;
  std::string_view idempotency_key;
  std::string_view if_none_match;
  std::string_view last_event_id;
  std::string_view queue_token;
  std::string_view trace_id;
  std::string_view upgrade;
  std::string_view websocket_key;
  std::string_view websocket_version;
  bool operator==(const request_headers&) const = default;
};

/// The parts of the path that a pattern's `{...}` matched, in the order of the pattern.
struct path_parameters {
  static constexpr std::size_t count_max = 4;
  std::array<std::string_view, count_max> texts{};
  std::array<std::int64_t, count_max> numbers{}; ///< of `{name:id}` parameters
  std::size_t count = 0;
};

/// One request, as both listeners hand it to a handler. The views live until the answer is written: a
/// handler may use them across co_await, and must copy what it keeps longer.
struct request {
  method verb = method::get;
  std::string_view path; ///< normalised, begins with '/', without the query
  std::string_view query_text;
  std::string_view body;
  request_headers headers;
  peer_address peer;
  std::string trace_id;          ///< the client's or a new one, never empty
  domain::instant received_at{}; ///< by the clock that the listener was given
  const route* matched = nullptr;
  path_parameters parameters;

  /// A `{name:id}` parameter of the pattern: positive. Aborts when the pattern has no such name.
  std::int64_t id(std::string_view name) const;
  /// A `{name}` parameter: 1 to 128 characters of [A-Za-z0-9._:~-]. Aborts likewise.
  std::string_view text(std::string_view name) const;
  query_reader query() const { return query_reader{query_text}; }
  body_reader json() const { return body_reader::parse(body); }

  /// The refusal with this code for this request.
  response problem(error_code code, std::string_view detail,
                   const nlohmann::json& extra = nlohmann::json::object()) const {
    return problem_response(code, detail, trace_id, extra);
  }
  response invalid(std::string_view detail) const { return problem(error_code::invalid_request, detail); }
};

/// A request to the public listener.
struct request_context : request {
  domain::user_id caller = 0;       ///< 0: nobody has logged in; never 0 on a route with access::login
  std::string_view idempotency_key; ///< checked; empty: none was given
  std::string_view queue_token;     ///< as sent; empty: none was given
};

/// A request to the operators' listener. The token has been checked.
struct admin_request : request {};

/// At most 64 of [A-Za-z0-9-], at least one.
bool is_trace_id(std::string_view text);
/// 32 random hex digits.
std::string new_trace_id();
/// 1 to 64 visible ASCII characters.
bool is_idempotency_key(std::string_view text);

} // namespace frontrow::http
