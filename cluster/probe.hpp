#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <sys/socket.h>

#include "cluster/members.hpp"

namespace frontrow::cluster {

/// "host:port" or "[IPv6 address]:port".
struct endpoint {
  std::string host;
  std::uint16_t port = 0;
};
std::optional<endpoint> parse_endpoint(const std::string& address);

/// Plain TCP connections to all that an address stands for, one after the other until one is accepted. Never waits,
/// but for the look-up of a name. Closes what it opened.
class tcp_attempt {
public:
  explicit tcp_attempt(const std::string& address);
  ~tcp_attempt();
  tcp_attempt(tcp_attempt&& other) noexcept;
  tcp_attempt(const tcp_attempt&) = delete;
  tcp_attempt& operator=(const tcp_attempt&) = delete;

  /// To poll for writing; −1 when it is over.
  int descriptor() const { return result_ ? -1 : descriptor_; }
  /// After poll found it writable.
  void look();
  std::optional<probe_result> result() const { return result_; }
  /// The IP address that accepted.
  const endpoint& reached() const { return reached_; }

private:
  struct target {
    sockaddr_storage address{};
    socklen_t length = 0;
  };
  void try_next();
  bool is_connected_to_itself() const;
  void accepted();
  void failed(int error);
  void close_descriptor();

  std::vector<target> targets_;
  std::size_t next_ = 0;
  std::size_t refused_ = 0;
  int descriptor_ = -1;
  std::optional<probe_result> result_;
  endpoint reached_;
};

} // namespace frontrow::cluster
