#pragma once

#include "http_client.hpp"

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>

namespace frontrow::test {

/// One that listens: server-sent events, or a WebSocket, over a connection of its own. All calls block; what
/// comes meanwhile waits in the kernel.
class stream_client {
public:
  struct event {
    std::string name; ///< of a WebSocket's message: "queue"
    std::string id;
    json data;
  };

  /// Asks, and reads the header.
  stream_client(std::uint16_t port, const http_request& request);
  /// The same as a WebSocket.
  static stream_client websocket(std::uint16_t port, const std::string& target);
  ~stream_client();
  stream_client(stream_client&& other) noexcept;
  stream_client& operator=(stream_client&& other) noexcept;

  unsigned status() const { return status_; }
  /// The header, and of an answer that is no stream the body.
  const std::string& head() const { return head_; }
  std::string body();
  /// The next event; nothing at the end of the stream or of the time.
  std::optional<event> next(std::chrono::milliseconds deadline = patience);
  /// The first event that is good; nothing at the end of the stream or of the time.
  std::optional<event> wait_for(const std::function<bool(const event&)>& good,
                                std::chrono::milliseconds deadline = patience);
  /// Reads on until the other side has closed; whether it did in time.
  bool wait_for_end(std::chrono::milliseconds deadline = patience);
  /// Milliseconds of the last `retry:`, or of a WebSocket's close reason; 0: none.
  int retry_ms() const { return retry_ms_; }
  /// Of a WebSocket's close frame; 0: none came.
  int close_code() const { return close_code_; }
  std::string last_id() const { return last_id_; }

  static constexpr std::chrono::seconds patience{60};

private:
  stream_client() = default;
  void dial(std::uint16_t port, const std::string& text);
  bool read_more(std::chrono::steady_clock::time_point until);
  std::optional<event> take_event();
  std::optional<event> take_message();

  int handle_ = -1;
  bool is_socket_ = false;
  bool ended_ = false;
  std::string received_;
  unsigned status_ = 0;
  std::string head_;
  int retry_ms_ = 0;
  int close_code_ = 0;
  std::string last_id_;
};

} // namespace frontrow::test
