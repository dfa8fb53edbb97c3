#pragma once

#include "domain/queue.hpp"
#include "http/listener_count.hpp"

#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace frontrow::http {

class seat_page;

/// One event of a stream: SSE's fields, or the text of a WebSocket message.
struct live_event {
  std::string_view name;                     ///< a literal
  std::string id;                            ///< one line; empty: none
  std::string text;                          ///< JSON on one line, unless `shared` is set
  std::shared_ptr<const std::string> shared; ///< likewise, made once for many

  std::string_view body() const { return shared ? std::string_view{*shared} : std::string_view{text}; }
};

/// The connection's side of a stream.
class stream_end {
public:
  virtual ~stream_end() = default;
  /// There may be something new: takes it as soon as the client does.
  virtual void pump() = 0;
};

/// One client that listens: what it knows, and hence what is next. Whoever cannot keep up is told the latest,
/// not all. Everything on the thread of its connection, but for the destructor.
class live_listener : public std::enable_shared_from_this<live_listener> {
public:
  explicit live_listener(listener_ticket ticket) : ticket_(std::move(ticket)) {}
  virtual ~live_listener() = default;
  live_listener(const live_listener&) = delete;
  live_listener& operator=(const live_listener&) = delete;

  /// What the client does not know yet, if anything. Each is given once.
  virtual std::optional<live_event> next() = 0;
  /// Nothing will come any more.
  virtual bool over() const = 0;
  /// What may lie unsent in the kernel; it takes twice that for its own bookkeeping.
  virtual int send_buffer_bytes() const { return 8 * 1024; }

  // ---- from the feeds
  virtual void place_is(const domain::place_progress&) {}
  virtual void seats_are(const std::shared_ptr<const seat_page>&) {}

  /// Null: its connection is gone.
  void attach(stream_end* end) { end_ = end; }
  listener_figures& figures() const { return ticket_.figures(); }

protected:
  void has_news() {
    if (end_ != nullptr)
      end_->pump();
  }

private:
  listener_ticket ticket_;
  stream_end* end_ = nullptr;
};

} // namespace frontrow::http
