#pragma once

#include "persistence/commit_round.hpp"

#include <boost/test/unit_test.hpp>
#include <poll.h>
#include <unistd.h>

namespace frontrow::persistence {

/// Listens until the commit is over, as a thread with sockets of its own would.
inline void listen_to(commit_under_way& commit) {
  const int socket = commit.take_socket();
  do {
    pollfd readable{socket, POLLIN, 0};
    if (::poll(&readable, 1, 60'000) != 1)
      throw std::runtime_error{"nothing was heard of a commit within a minute"};
  } while (!commit.is_over());
  ::close(socket);
}

/// Sends what waits and hears it out. How many statements that were.
inline std::size_t send_and_hear(commit_round& round) {
  auto commits = round.send();
  for (auto& each : commits) {
    listen_to(each);
    each.tell();
  }
  return commits.size();
}

} // namespace frontrow::persistence
