#pragma once

#include "http/live_stream.hpp"

#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/http/message.hpp>
#include <boost/beast/websocket/stream.hpp>

namespace frontrow::http {

/// Whether a request asks for a WebSocket (RFC 6455, 4.2.1).
bool wants_websocket(const request_headers& headers);

/// The bodies of a listener's events as text messages of a WebSocket. What the client says is thrown away.
class websocket_stream final : public live_stream {
public:
  /// Makes and answers the opening handshake itself; `asked` has passed `wants_websocket`.
  websocket_stream(connection& owner, socket_type& socket, io_worker& worker,
                   std::shared_ptr<live_listener> to, const request_context& asked);

  awaitable<void> run() override;
  void pump() override;
  void beat() override;
  void leave(std::chrono::milliseconds retry) override;

private:
  using opening = beast::http::request<beast::http::empty_body>;
  enum class state : std::uint8_t { opening, open, writing, closing };

  void close(stream_ending how, const beast::websocket::close_reason& why);

  beast::websocket::stream<socket_type&, false> socket_stream_;
  std::unique_ptr<opening> opening_; // until it is answered
  state state_ = state::opening;
  live_event event_; // while writing
  int messages_ = 0; // from the client, since the last beat
};

} // namespace frontrow::http
