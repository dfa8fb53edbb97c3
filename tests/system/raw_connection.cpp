#include "raw_connection.hpp"

#include <algorithm>
#include <arpa/inet.h>
#include <cctype>
#include <cerrno>
#include <cstdlib>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>
#include <utility>

namespace frontrow::test {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

namespace {

int left_until(steady_clock::time_point until) {
  const auto left = std::chrono::ceil<milliseconds>(until - steady_clock::now()).count();
  return static_cast<int>(std::clamp<std::int64_t>(left, 0, 1'000'000));
}

} // namespace

raw_connection::raw_connection(std::uint16_t port) : handle_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
  sockaddr_in there{};
  there.sin_family = AF_INET;
  there.sin_port = htons(port);
  there.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (handle_ >= 0 && ::connect(handle_, reinterpret_cast<const sockaddr*>(&there), sizeof there) != 0) {
    ::close(handle_);
    handle_ = -1;
  }
}

raw_connection::~raw_connection() {
  if (handle_ >= 0)
    ::close(handle_);
}

raw_connection::raw_connection(raw_connection&& other) noexcept
    : handle_(std::exchange(other.handle_, -1)), is_cut_(other.is_cut_), received_(std::move(other.received_)) {}

raw_connection& raw_connection::operator=(raw_connection&& other) noexcept {
  std::swap(handle_, other.handle_);
  std::swap(is_cut_, other.is_cut_);
  std::swap(received_, other.received_);
  return *this;
}

bool raw_connection::send(std::string_view bytes, milliseconds deadline) {
  const auto until = steady_clock::now() + deadline;
  while (!bytes.empty()) {
    const auto sent = ::send(handle_, bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
    if (sent > 0) {
      bytes.remove_prefix(static_cast<std::size_t>(sent));
      continue;
    }
    if (errno != EAGAIN && errno != EWOULDBLOCK)
      return false;
    pollfd waited{handle_, POLLOUT, 0};
    if (::poll(&waited, 1, left_until(until)) <= 0 || (waited.revents & (POLLERR | POLLHUP)) != 0)
      return false;
  }
  return true;
}

void raw_connection::finish_sending() { ::shutdown(handle_, SHUT_WR); }

void raw_connection::reset() {
  const linger now{1, 0};
  ::setsockopt(handle_, SOL_SOCKET, SO_LINGER, &now, sizeof now);
  ::close(handle_);
  handle_ = -1;
}

bool raw_connection::read_more(steady_clock::time_point until) {
  pollfd waited{handle_, POLLIN, 0};
  if (::poll(&waited, 1, left_until(until)) <= 0)
    return false;
  char bytes[16'384];
  const auto count = ::recv(handle_, bytes, sizeof bytes, 0);
  if (count <= 0) {
    is_cut_ = true;
    return false;
  }
  received_.append(bytes, static_cast<std::size_t>(count));
  return true;
}

bool raw_connection::has_whole_answer() const {
  const auto head_end = received_.find("\r\n\r\n");
  if (head_end == std::string::npos)
    return false;
  auto head = received_.substr(0, head_end);
  std::transform(head.begin(), head.end(), head.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  const auto length = head.find("content-length:");
  const auto body = length == std::string::npos ? 0 : std::strtoull(head.c_str() + length + 15, nullptr, 10);
  return received_.size() >= head_end + 4 + body;
}

raw_connection::outcome raw_connection::receive(milliseconds deadline) {
  const auto until = steady_clock::now() + deadline;
  while (!has_whole_answer() && read_more(until)) {
  }
  outcome seen;
  seen.is_cut = is_cut_;
  seen.text = received_;
  if (received_.starts_with("HTTP/1.") && received_.size() > 12)
    seen.status = static_cast<unsigned>(std::strtoul(received_.c_str() + 9, nullptr, 10));
  return seen;
}

bool raw_connection::wait_for_reset(milliseconds deadline) {
  pollfd waited{handle_, 0, 0}; // hang-ups and errors are told unasked
  return ::poll(&waited, 1, static_cast<int>(deadline.count())) > 0;
}

bool raw_connection::wait_for_cut(milliseconds deadline) {
  const auto until = steady_clock::now() + deadline;
  while (!is_cut_ && read_more(until)) {
  }
  return is_cut_;
}

} // namespace frontrow::test
