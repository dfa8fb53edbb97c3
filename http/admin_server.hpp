#pragma once

#include "http/access_log.hpp"
#include "http/front_door.hpp"
#include "http/metrics.hpp"
#include "http/router.hpp"

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>

namespace frontrow::http {

struct admin_server_options {
  std::string address = "127.0.0.1"; ///< admin.address: loopback, for it can do anything
  std::uint16_t port = 8081;         ///< admin.port; 0: any free one, see admin_server::port()
  /// The bearer token of every route but those with access::open. Must not be empty.
  std::string token;
  /// admin.threads: one serves one connection at a time; a handful of operators and one scraper come.
  unsigned threads = 8;
  /// The contract's 64 KiB.
  std::size_t body_bytes_max = 64 * 1024;
  /// For each read; a stuck peer must not hold one of the few threads.
  std::chrono::milliseconds read_timeout{5'000};
  /// For each write.
  std::chrono::milliseconds write_timeout{10'000};
  /// Between requests (whole seconds); short, for an idle connection holds a thread.
  std::chrono::milliseconds idle_timeout{2'000};
};

/// The operators' listener: cpp-httplib, one thread per connection under way. Handlers may block.
class admin_server {
public:
  struct parts {
    const admin_router& routes; ///< complete
    metrics& figures;
    std::shared_ptr<spdlog::logger> access; ///< may be null
    std::shared_ptr<spdlog::logger> errors; ///< may be null
    clock_source now;
  };
  /// Binds and listens. Throws std::system_error when the address cannot be had, std::invalid_argument
  /// without a token.
  admin_server(const admin_server_options& options, parts with);
  ~admin_server();
  void start();
  /// Finishes the requests under way. Blocks. A second call does nothing.
  void stop();
  std::uint16_t port() const;

private:
  struct state;
  std::unique_ptr<state> state_;
};

} // namespace frontrow::http
