#include "cluster/probe.hpp"

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstring>

#include <netdb.h>
#include <netinet/in.h>
#include <poll.h>
#include <unistd.h>

#include "cluster/links.hpp"

namespace frontrow::cluster {

std::optional<endpoint> parse_endpoint(const std::string& address) {
  const auto colon = address.rfind(':');
  if (colon == std::string::npos || colon == 0)
    return std::nullopt;
  endpoint parsed{address.substr(0, colon)};
  const auto end = address.data() + address.size();
  const auto [stop, error] = std::from_chars(address.data() + colon + 1, end, parsed.port);
  if (error != std::errc{} || stop != end || parsed.port == 0)
    return std::nullopt;
  if (parsed.host.size() > 2 && parsed.host.front() == '[' && parsed.host.back() == ']')
    parsed.host = parsed.host.substr(1, parsed.host.size() - 2);
  return parsed;
}

tcp_attempt::tcp_attempt(const std::string& address) {
  const auto where = parse_endpoint(address);
  addrinfo* found = nullptr;
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_NUMERICSERV;
  if (!where || getaddrinfo(where->host.c_str(), std::to_string(where->port).c_str(), &hints, &found) != 0) {
    result_ = probe_result::unknown;
    return;
  }
  for (auto each = found; each != nullptr; each = each->ai_next) {
    target one;
    if (each->ai_addrlen > sizeof one.address)
      continue;
    std::memcpy(&one.address, each->ai_addr, each->ai_addrlen);
    one.length = each->ai_addrlen;
    targets_.push_back(one);
  }
  freeaddrinfo(found);
  try_next();
}

tcp_attempt::tcp_attempt(tcp_attempt&& other) noexcept
    : targets_(std::move(other.targets_)), next_(other.next_), refused_(other.refused_),
      descriptor_(std::exchange(other.descriptor_, -1)), result_(other.result_),
      reached_(std::move(other.reached_)) {}

tcp_attempt::~tcp_attempt() { close_descriptor(); }

void tcp_attempt::close_descriptor() {
  if (descriptor_ >= 0)
    ::close(std::exchange(descriptor_, -1));
}

void tcp_attempt::try_next() {
  close_descriptor();
  if (next_ == targets_.size()) {
    result_ = refused_ == targets_.size() && refused_ > 0 ? probe_result::refused : probe_result::unknown;
    return;
  }
  const auto& one = targets_[next_++];
  descriptor_ = ::socket(one.address.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (descriptor_ < 0)
    return failed(errno);
  if (::connect(descriptor_, reinterpret_cast<const sockaddr*>(&one.address), one.length) == 0)
    return accepted();
  if (errno != EINPROGRESS)
    failed(errno);
}

void tcp_attempt::look() {
  if (descriptor() < 0)
    return;
  int error = 0;
  socklen_t length = sizeof error;
  if (::getsockopt(descriptor_, SOL_SOCKET, SO_ERROR, &error, &length) != 0)
    error = errno;
  if (error == 0)
    accepted();
  else
    failed(error);
}

bool tcp_attempt::is_connected_to_itself() const {
  sockaddr_storage mine{};
  sockaddr_storage other{};
  socklen_t my_length = sizeof mine;
  socklen_t other_length = sizeof other;
  return ::getsockname(descriptor_, reinterpret_cast<sockaddr*>(&mine), &my_length) == 0 &&
         ::getpeername(descriptor_, reinterpret_cast<sockaddr*>(&other), &other_length) == 0 &&
         my_length == other_length && std::memcmp(&mine, &other, my_length) == 0;
}

void tcp_attempt::accepted() {
  if (is_connected_to_itself()) // a free port of one's own machine can be given to the connection's own end
    return failed(ECONNREFUSED);
  const auto& one = targets_[next_ - 1];
  char host[NI_MAXHOST];
  char port[NI_MAXSERV];
  if (::getnameinfo(reinterpret_cast<const sockaddr*>(&one.address), one.length, host, sizeof host, port, sizeof port,
                    NI_NUMERICHOST | NI_NUMERICSERV) == 0) {
    reached_.host = host;
    std::from_chars(port, port + std::strlen(port), reached_.port);
  }
  result_ = probe_result::accepted;
}

void tcp_attempt::failed(int error) {
  if (error == ECONNREFUSED)
    ++refused_;
  try_next();
}

probe_result probe(const std::string& address, std::chrono::milliseconds patience) {
  const auto deadline = std::chrono::steady_clock::now() + patience;
  tcp_attempt attempt{address};
  while (!attempt.result()) {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - std::chrono::steady_clock::now());
    if (left.count() <= 0)
      return probe_result::unknown;
    pollfd one{attempt.descriptor(), POLLOUT, 0};
    if (::poll(&one, 1, static_cast<int>(left.count())) > 0)
      attempt.look();
  }
  return *attempt.result();
}

} // namespace frontrow::cluster
