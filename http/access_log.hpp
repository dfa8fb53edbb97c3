#pragma once

#include "http/request.hpp"
#include "http/response.hpp"

#include <memory>
#include <spdlog/logger.h>

namespace frontrow::http {

struct stream_report;

/// One line a request: method, route, path, status, microseconds, bytes, user, address, trace id. Never the
/// query (it may hold a queue token) and no header but the trace id. At `info` whatever changes something or
/// went wrong; a read that went well at `debug`: a waiting crowd asks tens of thousands of times a second, and
/// the metrics count it. Safe from any thread; never blocks if the logger does not.
class access_log {
public:
  /// Null: nothing is written.
  explicit access_log(std::shared_ptr<spdlog::logger> to) : to_(std::move(to)) {}
  /// One line when a stream ends: how, how long it was, how many events.
  void write(const stream_report& report, const peer_address& peer, double seconds) const;
  void write(const request& asked, domain::user_id caller, const response& answered, double seconds) const;

private:
  std::shared_ptr<spdlog::logger> to_;
};

} // namespace frontrow::http
