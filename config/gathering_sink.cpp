#include "config/gathering_sink.hpp"

#include <algorithm>
#include <cstdio>
#include <pthread.h>
#include <spdlog/pattern_formatter.h>
#include <utility>

namespace frontrow::config {

gathering_sink::gathering_sink(spdlog::sink_ptr to, std::unique_ptr<spdlog::formatter> formatter,
                               std::chrono::milliseconds write_every)
    : to_(std::move(to)), formatter_(std::move(formatter)), write_every_(write_every) {
  to_->set_formatter(std::make_unique<spdlog::pattern_formatter>("%v", spdlog::pattern_time_type::utc, ""));
  writer_ = std::thread{[this] { write_until_the_end(); }};
}

gathering_sink::~gathering_sink() {
  end();
}

void gathering_sink::end() {
  if (ended_.exchange(true))
    return;
  {
    std::lock_guard lock{mutex_};
    when_ = at_the_end;
  }
  wake_.notify_one();
  writer_.join();
}

void gathering_sink::log(const spdlog::details::log_msg& message) {
  if (ended_)
    return;
  thread_local spdlog::memory_buf_t line;
  line.clear();
  formatter_->format(message, line);
  std::lock_guard lock{mutex_};
  if (when_ == at_the_end)
    return;
  if (gathered_.size() + line.size() > bytes_max) {
    ++dropped_;
    return;
  }
  gathered_.append(line.data(), line.data() + line.size());
  if (message.level >= spdlog::level::warn && when_ == later) {
    when_ = now;
    wake_.notify_one();
  }
}

void gathering_sink::flush() {
  std::lock_guard lock{mutex_};
  if (when_ == later)
    when_ = now;
  wake_.notify_one();
}

std::size_t gathering_sink::dropped() const {
  std::lock_guard lock{mutex_};
  return dropped_;
}

void gathering_sink::write_until_the_end() {
  ::pthread_setname_np(::pthread_self(), "log");
  spdlog::memory_buf_t taken;
  std::unique_lock lock{mutex_};
  for (auto goes_on = true; goes_on;) {
    wake_.wait_for(lock, write_every_, [this] { return when_ != later; });
    goes_on = when_ != at_the_end;
    if (goes_on)
      when_ = later;
    taken.clear();
    std::swap(taken, gathered_);
    lock.unlock();
    if (taken.size() > 0)
      write(taken);
    lock.lock();
  }
}

void gathering_sink::write(const spdlog::memory_buf_t& lines) {
  try {
    to_->log({"", spdlog::level::info, spdlog::string_view_t{lines.data(), lines.size()}});
    to_->flush();
  } catch (const std::exception& failure) { // a full disk, say
    std::lock_guard lock{mutex_};
    if (dropped_ == 0) // once: there is nowhere else to tell it
      std::fprintf(stderr, "frontrow: the log cannot be written: %s\n", failure.what());
    dropped_ += static_cast<std::size_t>(std::count(lines.begin(), lines.end(), '\n'));
  }
}

} // namespace frontrow::config
