#pragma once

#include "tests/system/child_process.hpp"
#include "tests/system/temporary_folder.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace frontrow::bench {

/// A private Redis with an append-only file, on a free port of the loopback; ends with this object or this
/// program.
class redis_server {
public:
  /// `append_fsync`: everysec or always, as in redis.conf.
  explicit redis_server(const std::string& append_fsync);
  std::uint16_t port() const { return port_; }
  pid_t pid() const { return program_.pid(); }
  /// One command's answer as redis-cli writes it, a line each.
  std::vector<std::string> ask(std::vector<std::string> command) const;

private:
  test::temporary_folder folder_;
  std::uint16_t port_;
  test::child_process program_;
};

} // namespace frontrow::bench
