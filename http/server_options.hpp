#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>

namespace frontrow::http {

/// The public listener's limits. The configuration fills in those that have a key there.
struct server_options {
  std::string address = "127.0.0.1"; ///< http.address: numeric, IPv4 or IPv6
  std::uint16_t port = 8080;         ///< http.port; 0: any free one, see server::port()
  /// http.threads: I/O threads; 0: one per core. They never block, so more than cores gain nothing.
  unsigned threads = 0;
  /// http.body_bytes_max: the contract's 64 KiB. 413 beyond.
  std::size_t body_bytes_max = 64 * 1024;
  /// http.header_bytes_max: request line and headers, the contract's 8 KiB. 431 beyond.
  std::size_t header_bytes_max = 8 * 1024;
  /// http.request_timeout_ms: from the first byte to the last, however slowly they come. 8 + 64 KiB take
  /// 10 s at 60 kbit/s, slower than any phone network in use.
  std::chrono::milliseconds request_timeout{10'000};
  /// http.idle_timeout_ms: between requests. Longer than the longest pollAfterMs, so that a waiting room
  /// keeps its connections.
  std::chrono::milliseconds idle_timeout{75'000};
  /// http.write_timeout_ms: until the client has taken an answer. 1 MB (a seat list) at 270 kbit/s.
  std::chrono::milliseconds write_timeout{30'000};
  /// How long a connection that we close is still read (and thrown away), so that
  /// the client sees the last answer and not a reset.
  std::chrono::milliseconds linger_timeout{1'000};
  /// http.drain_timeout_ms: how long a graceful stop waits for requests under way.
  std::chrono::milliseconds stop_timeout{10'000};
  /// http.max_connections: 503 and closed beyond. An idle one costs about 2.5 KB here, and
  /// what the kernel keeps for a socket.
  std::size_t connections_max = 50'000;
  /// http.listener_spread_ms: listeners who are told to come back elsewhere do so within this, each after a
  /// time of its own: 20,000 in 5 s are 4,000 a second, what one front takes beside its other work.
  std::chrono::milliseconds listener_spread{5'000};
  /// Connections that the kernel holds until they are accepted; a crowd comes all at once.
  int backlog = 4'096;
};

} // namespace frontrow::http
