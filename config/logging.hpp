#pragma once

#include "config/settings.hpp"

#include <memory>
#include <spdlog/logger.h>
#include <string>
#include <vector>

namespace spdlog::details {
class thread_pool;
}

namespace frontrow::config {

/// The program's log: asynchronous, so that no thread that serves waits for a disk or a terminal.
///
/// One thread writes what the loggers hand over, through a queue of `queue_entries_max` lines. When the queue
/// is full the oldest line is dropped and counted: serving goes before logging. Warnings and errors go the
/// same way. Formats: `text` — `2026-12-24T11:00:00.000Z info  http: message name=value`; `json` — one object
/// a line with ts, level, logger, msg and the values of log_line (traceId and others). Safe from any thread.
/// Destroying it writes out what is queued; loggers must not be used after that.
class logging {
public:
  /// About 0.5 KB a line: 4 MB, and 80 ms of 100,000 lines a second.
  static constexpr std::size_t queue_entries_max = 8'192;

  /// Throws spdlog::spdlog_ex when the file cannot be opened.
  explicit logging(const log_settings& settings);
  ~logging();
  logging(const logging&) = delete;
  logging& operator=(const logging&) = delete;

  /// The logger of one part ("http", "access", "journal"); a new one on every call.
  std::shared_ptr<spdlog::logger> logger(const std::string& part);
  /// Lines dropped so far because the queue was full.
  std::size_t dropped() const;

private:
  spdlog::level::level_enum level_;
  std::shared_ptr<spdlog::details::thread_pool> queue_;
  spdlog::sink_ptr sink_;
};

} // namespace frontrow::config
