#include "stream_client.hpp"

#include <arpa/inet.h>
#include <array>
#include <cerrno>
#include <netinet/in.h>
#include <poll.h>
#include <sstream>
#include <stdexcept>
#include <sys/socket.h>
#include <system_error>
#include <unistd.h>

namespace frontrow::test {

using std::chrono::steady_clock;

stream_client::stream_client(std::uint16_t port, const http_request& request) {
  std::string text = request.verb + " " + request.target + " HTTP/1.1\r\nHost: test\r\n";
  for (const auto& [name, value] : request.headers)
    text += name + ": " + value + "\r\n";
  dial(port, text + "\r\n");
}

stream_client stream_client::websocket(std::uint16_t port, const std::string& target) {
  stream_client made;
  made.is_socket_ = true;
  made.dial(port, "GET " + target +
                      " HTTP/1.1\r\nHost: test\r\nUpgrade: websocket\r\nConnection: keep-alive, Upgrade\r\n"
                      "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n");
  return made;
}

stream_client::~stream_client() {
  if (handle_ >= 0)
    ::close(handle_);
}

stream_client::stream_client(stream_client&& other) noexcept {
  *this = std::move(other);
}

stream_client& stream_client::operator=(stream_client&& other) noexcept {
  std::swap(handle_, other.handle_);
  is_socket_ = other.is_socket_;
  ended_ = other.ended_;
  received_ = std::move(other.received_);
  status_ = other.status_;
  head_ = std::move(other.head_);
  retry_ms_ = other.retry_ms_;
  close_code_ = other.close_code_;
  last_id_ = std::move(other.last_id_);
  return *this;
}

void stream_client::dial(std::uint16_t port, const std::string& text) {
  handle_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in where{};
  where.sin_family = AF_INET;
  where.sin_port = htons(port);
  where.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (handle_ < 0 || ::connect(handle_, reinterpret_cast<sockaddr*>(&where), sizeof where) != 0)
    throw std::system_error(errno, std::generic_category(), "connect");
  if (::send(handle_, text.data(), text.size(), MSG_NOSIGNAL) != static_cast<ssize_t>(text.size()))
    throw std::system_error(errno, std::generic_category(), "send");
  const auto until = steady_clock::now() + patience;
  std::size_t end = 0;
  while ((end = received_.find("\r\n\r\n")) == std::string::npos)
    if (!read_more(until))
      throw std::runtime_error("no answer came to " + text.substr(0, text.find('\r')));
  head_ = received_.substr(0, end + 4);
  received_.erase(0, end + 4);
  status_ = static_cast<unsigned>(std::stoul(head_.substr(9, 3)));
}

bool stream_client::read_more(steady_clock::time_point until) {
  const auto left =
      std::chrono::duration_cast<std::chrono::milliseconds>(until - steady_clock::now()).count();
  pollfd ready{handle_, POLLIN, 0};
  if (ended_ || left <= 0 || ::poll(&ready, 1, static_cast<int>(left)) <= 0)
    return false;
  std::array<char, 65536> piece;
  const auto count = ::recv(handle_, piece.data(), piece.size(), 0);
  if (count <= 0) {
    ended_ = true;
    return false;
  }
  received_.append(piece.data(), static_cast<std::size_t>(count));
  return true;
}

std::string stream_client::body() {
  const auto until = steady_clock::now() + patience;
  const auto at = head_.find("Content-Length: ");
  const auto length = at == std::string::npos ? 0 : std::stoul(head_.substr(at + 16));
  while (received_.size() < length && read_more(until)) {
  }
  return received_.substr(0, length);
}

std::optional<stream_client::event> stream_client::take_event() {
  for (std::size_t end = 0; (end = received_.find("\n\n")) != std::string::npos;) {
    std::istringstream lines{received_.substr(0, end)};
    received_.erase(0, end + 2);
    event one;
    for (std::string line; std::getline(lines, line);) {
      if (line.starts_with("event: "))
        one.name = line.substr(7);
      else if (line.starts_with("id: "))
        last_id_ = one.id = line.substr(4);
      else if (line.starts_with("data: "))
        one.data = json::parse(line.substr(6));
      else if (line.starts_with("retry: "))
        retry_ms_ = std::stoi(line.substr(7));
    }
    if (!one.name.empty())
      return one;
  }
  return std::nullopt;
}

/// RFC 6455, 5.2: what a server sends is not masked.
std::optional<stream_client::event> stream_client::take_message() {
  const auto byte = [&](std::size_t at) { return static_cast<unsigned char>(received_[at]); };
  while (received_.size() >= 2) {
    std::size_t length = byte(1) & 0x7fU;
    std::size_t head = 2;
    const auto wide = length == 126 ? 2U : length == 127 ? 8U : 0U;
    if (received_.size() < head + wide)
      return std::nullopt;
    if (wide > 0)
      length = 0;
    for (unsigned at = 0; at < wide; ++at)
      length = length << 8 | byte(head++);
    if (received_.size() < head + length)
      return std::nullopt;
    const auto opcode = byte(0) & 0x0fU;
    const auto payload = received_.substr(head, length);
    received_.erase(0, head + length);
    if (opcode == 1)
      return event{"queue", {}, json::parse(payload)};
    if (opcode == 8 && payload.size() >= 2) {
      close_code_ = static_cast<unsigned char>(payload[0]) << 8 | static_cast<unsigned char>(payload[1]);
      retry_ms_ = json::parse(payload.substr(2), nullptr, false).is_object()
                      ? json::parse(payload.substr(2)).value("retryMs", 0)
                      : 0;
    }
  }
  return std::nullopt;
}

std::optional<stream_client::event> stream_client::next(std::chrono::milliseconds deadline) {
  const auto until = steady_clock::now() + deadline;
  for (;;) {
    auto one = is_socket_ ? take_message() : take_event();
    if (one || !read_more(until))
      return one;
  }
}

std::optional<stream_client::event> stream_client::wait_for(const std::function<bool(const event&)>& good,
                                                            std::chrono::milliseconds deadline) {
  const auto until = steady_clock::now() + deadline;
  for (;;) {
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(until - steady_clock::now());
    auto one = next(std::max(left, std::chrono::milliseconds{0}));
    if (!one || good(*one))
      return one;
  }
}

bool stream_client::wait_for_end(std::chrono::milliseconds deadline) {
  while (wait_for([](const event&) { return false; }, deadline)) {
  }
  return ended_;
}

} // namespace frontrow::test
