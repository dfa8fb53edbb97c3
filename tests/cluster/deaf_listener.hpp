#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <boost/test/unit_test.hpp>

#include "links_peer.hpp"

namespace frontrow::cluster::testing {

/// A socket that listens on loopback and never says a word: the kernel takes connections for it.
struct deaf_listener {
  explicit deaf_listener(int backlog = 8) : descriptor(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t length = sizeof address;
    BOOST_REQUIRE(::bind(descriptor, reinterpret_cast<sockaddr*>(&address), length) == 0);
    BOOST_REQUIRE(::listen(descriptor, backlog) == 0);
    BOOST_REQUIRE(::getsockname(descriptor, reinterpret_cast<sockaddr*>(&address), &length) == 0);
    where = "127.0.0.1:" + std::to_string(ntohs(address.sin_port));
  }
  ~deaf_listener() {
    for (auto each : callers)
      ::close(each);
    ::close(descriptor);
  }
  /// Takes the next call, and says nothing still.
  bool await_caller() {
    pollfd one{descriptor, POLLIN, 0};
    if (::poll(&one, 1, static_cast<int>(std::chrono::milliseconds{deadline}.count())) <= 0)
      return false;
    callers.push_back(::accept4(descriptor, nullptr, nullptr, SOCK_CLOEXEC));
    return callers.back() >= 0;
  }
  int descriptor = -1;
  sockaddr_in address{};
  std::string where;
  std::vector<int> callers;
};

/// An address that answers nothing at all: its queue is full, so the kernel drops what comes.
struct black_hole : deaf_listener {
  black_hole() : deaf_listener(0) {
    for (int count = 0; count < 4; ++count) {
      callers.push_back(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
      (void)::connect(callers.back(), reinterpret_cast<sockaddr*>(&address), sizeof address);
    }
  }
};

} // namespace frontrow::cluster::testing
