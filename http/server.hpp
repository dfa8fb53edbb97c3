#pragma once

#include "http/front_door.hpp"
#include "http/server_options.hpp"

#include <cstdint>
#include <memory>

namespace frontrow::http {

/// The public HTTP/1.1 listener: keep-alive, pipelining (answers in order), chunked bodies,
/// Expect: 100-continue. Requests of one connection run one after the other, on one I/O thread.
class server {
public:
  /// Binds and listens; clients can connect from here on but are served only after start().
  /// Throws std::system_error when the address cannot be had.
  server(const server_options& options, front_door& door);
  /// Stops first, if it has not been. Slots of handlers that the stop cut off must be let go before.
  ~server();
  server(const server&) = delete;
  server& operator=(const server&) = delete;

  /// Starts the I/O threads.
  void start();
  /// Tells all listeners to come back elsewhere; requests go on. Any thread.
  void send_listeners_away();
  /// Refuses the new, closes the idle, finishes what is under way (each with Connection: close), for at
  /// most `stop_timeout`, then cuts what is left. Blocks; not from an I/O thread. A second call does nothing.
  void stop();
  /// The port in use.
  std::uint16_t port() const;
  /// Connections open now.
  std::size_t connections() const;

private:
  struct state;
  std::unique_ptr<state> state_;
};

} // namespace frontrow::http
