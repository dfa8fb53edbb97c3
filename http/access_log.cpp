#include "http/access_log.hpp"

#include "config/log_line.hpp"
#include "http/live_stream.hpp"
#include "http/router.hpp"

namespace frontrow::http {

namespace {

/// A path that a stranger made up is told no further than this.
constexpr std::size_t path_shown_max = 256;

spdlog::level::level_enum level_of(method verb, unsigned status) {
  const auto reads = verb == method::get || verb == method::head;
  return reads && status < 400 ? spdlog::level::debug : spdlog::level::info;
}

} // namespace

void access_log::write(const request& asked, domain::user_id caller, const response& answered,
                       double seconds) const {
  const auto level = level_of(asked.verb, answered.status);
  if (!to_ || !to_->should_log(level))
    return;
  config::log_line line{"request"};
  line.with("method", name_of(asked.verb));
  line.with("route", asked.matched != nullptr ? std::string_view{asked.matched->pattern} : "-");
  line.with("path", asked.path.empty() ? "-" : asked.path.substr(0, path_shown_max));
  line.with("status", answered.status);
  line.with("micros", static_cast<std::int64_t>(seconds * 1e6));
  line.with("bytes", answered.body().size());
  if (caller != 0)
    line.with("user", caller);
  line.with("peer", asked.peer.text());
  line.with("traceId", asked.trace_id);
  // As a value, never as a format: what a client sends is in it.
  to_->log(level, spdlog::string_view_t{line.text()});
}

void access_log::write(const stream_report& report, const peer_address& peer, double seconds) const {
  if (!to_ || !to_->should_log(spdlog::level::info))
    return;
  config::log_line line{"stream"};
  line.with("route", report.matched != nullptr ? std::string_view{report.matched->pattern} : "-");
  line.with("ending", name_of(report.ending));
  line.with("millis", static_cast<std::int64_t>(seconds * 1e3));
  line.with("events", static_cast<std::int64_t>(report.events));
  line.with("bytes", static_cast<std::int64_t>(report.bytes));
  if (report.caller != 0)
    line.with("user", report.caller);
  line.with("peer", peer.text());
  line.with("traceId", report.trace_id);
  to_->log(spdlog::level::info, spdlog::string_view_t{line.text()});
}

} // namespace frontrow::http
