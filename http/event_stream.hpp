#pragma once

#include "http/live_stream.hpp"

#include <boost/asio/buffer.hpp>

namespace frontrow::http {

/// Server-sent events. Its HTTP header is written before it begins.
class event_stream final : public live_stream {
public:
  using live_stream::live_stream;

  awaitable<void> run() override;
  void pump() override;
  void beat() override;
  void leave(std::chrono::milliseconds retry) override;

private:
  /// Bytes on their way: `text`, then `shared`, then the tail.
  struct message {
    std::string text;
    std::shared_ptr<const std::string> shared;
    std::string_view tail;
    std::size_t done = 0;
  };
  enum class state : std::uint8_t { open, blocked, closing };

  bool send(message what);
  bool write_some(message& what);
  void wait_until_writable();
  void finish(stream_ending how);
  bool discard_input();

  state state_ = state::open;
  std::unique_ptr<message> unsent_;          // while blocked
  std::chrono::milliseconds leave_after_{0}; // as soon as it is not blocked; 0: stay
  std::size_t discarded_ = 0;
};

} // namespace frontrow::http
