#include "tests/http/raw_client.hpp"

#include <algorithm>
#include <arpa/inet.h>
#include <array>
#include <cerrno>
#include <netinet/in.h>
#include <poll.h>
#include <stdexcept>
#include <sys/socket.h>
#include <system_error>
#include <unistd.h>
#include <utility>

namespace frontrow::http_test {

raw_client::raw_client(std::uint16_t port) : socket_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
  if (socket_ < 0)
    throw std::system_error(errno, std::generic_category(), "socket");
  sockaddr_in where{};
  where.sin_family = AF_INET;
  where.sin_port = htons(port);
  where.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (::connect(socket_, reinterpret_cast<sockaddr*>(&where), sizeof where) != 0) {
    auto reason = errno;
    ::close(socket_);
    throw std::system_error(reason, std::generic_category(), "connect");
  }
}

raw_client::raw_client(raw_client&& other) noexcept
    : socket_(std::exchange(other.socket_, -1)), input_(std::move(other.input_)) {}

raw_client::~raw_client() {
  if (socket_ >= 0)
    ::close(socket_);
}

bool raw_client::send(std::string_view bytes) {
  while (!bytes.empty()) {
    auto sent = ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent < 0)
      return false;
    bytes.remove_prefix(static_cast<std::size_t>(sent));
  }
  return true;
}

bool raw_client::more() {
  pollfd ready{socket_, POLLIN, 0};
  auto milliseconds = static_cast<int>(std::chrono::milliseconds{patience}.count());
  if (::poll(&ready, 1, milliseconds) <= 0)
    throw std::runtime_error("nothing came within the deadline");
  std::array<char, 65536> piece;
  auto count = ::recv(socket_, piece.data(), piece.size(), 0);
  error_ = count < 0 ? errno : 0;
  if (count <= 0)
    return false;
  input_.append(piece.data(), static_cast<std::size_t>(count));
  return true;
}

std::optional<reply> raw_client::receive(std::string_view body_of) {
  std::size_t end = 0;
  while ((end = input_.find("\r\n\r\n")) == std::string::npos)
    if (!more())
      return std::nullopt;
  reply got;
  auto line_end = input_.find("\r\n");
  got.status = std::stoi(input_.substr(9, 3));
  for (auto at = line_end + 2; at < end + 2;) {
    auto stop = input_.find("\r\n", at);
    auto colon = input_.find(": ", at);
    auto name = input_.substr(at, colon - at);
    std::transform(name.begin(), name.end(), name.begin(),
                   [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
    got.headers[name] = input_.substr(colon + 2, stop - colon - 2);
    at = stop + 2;
  }
  input_.erase(0, end + 4);
  std::size_t length = 0;
  if (auto found = got.headers.find("content-length"); found != got.headers.end() && body_of != "HEAD")
    length = std::stoul(found->second);
  while (input_.size() < length)
    if (!more())
      return std::nullopt;
  got.body = input_.substr(0, length);
  input_.erase(0, length);
  return got;
}

std::string raw_client::read_until(std::string_view mark) {
  auto at = input_.find(mark);
  while (at == std::string::npos) {
    const auto searched = input_.size() - std::min(input_.size(), mark.size() - 1);
    if (!more())
      return std::exchange(input_, {});
    at = input_.find(mark, searched);
  }
  auto text = input_.substr(0, at + mark.size());
  input_.erase(0, at + mark.size());
  return text;
}

reply raw_client::ask(std::string_view bytes) {
  if (!send(bytes))
    throw std::runtime_error("the connection is gone");
  auto got = receive(bytes.substr(0, bytes.find(' ')));
  if (!got)
    throw std::runtime_error("the connection ended without an answer");
  return *got;
}

bool raw_client::wait_for_end() {
  while (more())
    input_.clear();
  return error_ == 0;
}

bool raw_client::has_something(std::chrono::milliseconds within) const {
  pollfd ready{socket_, POLLIN, 0};
  return !input_.empty() || ::poll(&ready, 1, static_cast<int>(within.count())) > 0;
}

void raw_client::finish_sending() {
  ::shutdown(socket_, SHUT_WR);
}

void raw_client::shrink_receive_buffer() {
  int bytes = 4096;
  ::setsockopt(socket_, SOL_SOCKET, SO_RCVBUF, &bytes, sizeof bytes);
}

std::string get(std::string_view target, std::string_view headers) {
  std::string text = "GET ";
  return text.append(target).append(" HTTP/1.1\r\nHost: test\r\n").append(headers).append("\r\n");
}

std::string post(std::string_view target, std::string_view body, std::string_view headers) {
  std::string text = "POST ";
  text.append(target).append(" HTTP/1.1\r\nHost: test\r\nContent-Type: application/json\r\nContent-Length: ");
  return text.append(std::to_string(body.size())).append("\r\n").append(headers).append("\r\n").append(body);
}

} // namespace frontrow::http_test
