#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace frontrow::bench {

/// Connections that were each served once and then say nothing. Sockets alone: whatever they cost is the
/// server's.
class idle_connections {
public:
  /// Throws std::runtime_error when one cannot be had or is not served.
  idle_connections(std::uint16_t port, std::size_t count);
  ~idle_connections();
  idle_connections(const idle_connections&) = delete;
  idle_connections& operator=(const idle_connections&) = delete;

  std::size_t count() const { return sockets_.size(); }

private:
  void open_one(std::uint16_t port);
  std::vector<int> sockets_;
};

} // namespace frontrow::bench
