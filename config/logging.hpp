#pragma once

#include "config/gathering_sink.hpp"
#include "config/settings.hpp"

#include <memory>
#include <spdlog/logger.h>
#include <string>
#include <vector>

namespace frontrow::config {

/// The program's log: gathered and written in pieces, so that no thread that serves waits for a disk or a terminal,
/// and none is woken for a line (gathering_sink).
///
/// Formats: `text`, `2026-12-24T11:00:00.000Z info  http: message name=value`; `json`, one object a line with ts,
/// level, logger, msg and the values of log_line (traceId and others). Safe from any thread. Destroying it writes out
/// what is gathered; what is logged after that goes nowhere.
class logging {
public:
  /// Throws spdlog::spdlog_ex when the file cannot be opened.
  explicit logging(const log_settings& settings);
  ~logging() { sink_->end(); }
  logging(const logging&) = delete;
  logging& operator=(const logging&) = delete;

  /// The logger of one part ("http", "access", "journal"); a new one on every call.
  std::shared_ptr<spdlog::logger> logger(const std::string& part);
  /// Lines dropped so far because writing stood still.
  std::size_t dropped() const;

private:
  spdlog::level::level_enum level_;
  std::shared_ptr<gathering_sink> sink_;
};

} // namespace frontrow::config
