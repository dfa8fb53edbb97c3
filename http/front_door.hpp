#pragma once

#include "http/access_log.hpp"
#include "http/access_token.hpp"
#include "http/metrics.hpp"
#include "http/rate_limit.hpp"
#include "http/router.hpp"

#include <functional>

namespace frontrow::http {

struct stream_report;

/// The time, by the database's clock. Safe from any thread.
using clock_source = std::function<domain::instant()>;

/// What every public request passes before its handler: trace id, route, rate limit of the address,
/// content type, Idempotency-Key, access token, rate limit of the user; and after it: metrics, access log.
/// All parts must outlive it. Safe from any I/O thread.
class front_door {
public:
  struct parts {
    const public_router& routes; ///< complete: no route may be added any more
    const access_tokens& tokens;
    rate_limits& limits;
    metrics& figures;
    std::shared_ptr<spdlog::logger> access; ///< may be null
    std::shared_ptr<spdlog::logger> errors; ///< may be null: an exception in a handler is told here
    clock_source now;
  };
  explicit front_door(parts with);

  /// Answers a request. `asked` must live until it is done; its trace id, time, route, parameters, key,
  /// queue token and caller are filled in here. Never throws.
  awaitable<response> handle(request_context& asked);
  /// The answer to what could not be read as a request. Counted and logged like any other.
  response refuse(request_context& asked, error_code code, std::string_view detail);
  /// A stream has ended.
  void stream_over(const stream_report& report, const peer_address& peer, double seconds) const;
  domain::instant now() const { return with_.now(); }

private:
  std::optional<response> turned_away(request_context& asked, std::chrono::steady_clock::time_point begun);
  std::optional<response> without_login(request_context& asked, std::chrono::steady_clock::time_point begun);
  void open(request_context& asked) const;
  void done(const request_context& asked, const response& answered,
            std::chrono::steady_clock::time_point begun);

  parts with_;
  request_metrics counted_;
  access_log log_;
};

/// The client's trace id or a new one.
void settle_trace_id(request& asked);
/// 404 or 405, when no route was found.
std::optional<response> without_route(request& asked, const route_table& routes);
/// 415 for a body that is not application/json (with or without charset=utf-8).
std::optional<response> without_json_type(const request& asked);

} // namespace frontrow::http
