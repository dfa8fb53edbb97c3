#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <memory>
#include <mutex>
#include <spdlog/sinks/sink.h>
#include <thread>

namespace frontrow::config {

/// Gathers lines in memory and writes them in pieces, on a thread of its own: whoever logs wakes nobody and waits for
/// no disk or terminal. What is gathered is written every so often, and at once when a warning or worse is among it.
/// When `bytes_max` are gathered because the writing stands still (and as many are being written), new lines are
/// dropped and counted, as are those that cannot be written: serving goes before logging. Safe from any thread.
class gathering_sink final : public spdlog::sinks::sink {
public:
  /// As long as a line of a process that dies without a word may be lost.
  static constexpr std::chrono::milliseconds usual_interval{50};
  /// A quarter of a second of 100,000 lines a second.
  static constexpr std::size_t bytes_max = 8u << 20;

  /// `to` is used on the writing thread alone and gets whole lines; its formatter is replaced.
  gathering_sink(spdlog::sink_ptr to, std::unique_ptr<spdlog::formatter> formatter,
                 std::chrono::milliseconds write_every = usual_interval);
  ~gathering_sink() override;

  /// Writes what there is, and takes no more.
  void end();

  void log(const spdlog::details::log_msg& message) override;
  /// Asks for it, and does not wait.
  void flush() override;
  /// Not after construction: the format is the one given there.
  void set_pattern(const std::string&) override {}
  void set_formatter(std::unique_ptr<spdlog::formatter>) override {}

  std::size_t dropped() const;

private:
  void write_until_the_end();
  void write(const spdlog::memory_buf_t& lines);

  const spdlog::sink_ptr to_;
  const std::unique_ptr<spdlog::formatter> formatter_; // has no state
  const std::chrono::milliseconds write_every_;
  std::atomic<bool> ended_{false};
  mutable std::mutex mutex_;                           // of all below but the thread
  std::condition_variable wake_;
  spdlog::memory_buf_t gathered_;
  std::size_t dropped_ = 0;
  enum { later, now, at_the_end } when_ = later;
  std::thread writer_;
};

} // namespace frontrow::config
