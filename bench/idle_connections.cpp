#include "bench/idle_connections.hpp"

#include <arpa/inet.h>
#include <array>
#include <stdexcept>
#include <string_view>
#include <sys/socket.h>
#include <unistd.h>

namespace frontrow::bench {

namespace {

constexpr std::string_view request = "GET /api/v1/concerts HTTP/1.1\r\nHost: x\r\n\r\n";

/// The answer is short: no need to know where it ends.
bool is_served(int socket) {
  if (::send(socket, request.data(), request.size(), MSG_NOSIGNAL) != static_cast<ssize_t>(request.size()))
    return false;
  std::array<char, 4096> answer{};
  const auto got = ::recv(socket, answer.data(), answer.size(), 0);
  return got > 0 &&
         std::string_view{answer.data(), static_cast<std::size_t>(got)}.starts_with("HTTP/1.1 200");
}

} // namespace

idle_connections::idle_connections(std::uint16_t port, std::size_t count) {
  sockets_.reserve(count);
  while (sockets_.size() < count)
    open_one(port);
}

idle_connections::~idle_connections() {
  for (const auto socket : sockets_)
    ::close(socket);
}

void idle_connections::open_one(std::uint16_t port) {
  sockets_.push_back(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_in server{};
  server.sin_family = AF_INET;
  server.sin_port = htons(port);
  server.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  const auto socket = sockets_.back();
  if (socket < 0 || ::connect(socket, reinterpret_cast<const sockaddr*>(&server), sizeof server) != 0 ||
      !is_served(socket))
    throw std::runtime_error("connection " + std::to_string(sockets_.size()) + " was not served");
}

} // namespace frontrow::bench
