#include "bench/listening_crowd.hpp"

#include "tests/system/deployment.hpp"

#include <arpa/inet.h>
#include <array>
#include <netinet/in.h>
#include <stdexcept>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

namespace frontrow::bench {

namespace {

/// Connections dialed before those that came are served: well below the server's backlog.
constexpr std::size_t dialed_at_once = 500;

std::string field(const std::string& json, const std::string& name) {
  const auto at = json.find("\"" + name + "\":");
  if (at == std::string::npos)
    return {};
  auto from = at + name.size() + 3;
  const auto quoted = json[from] == '"';
  from += quoted ? 1 : 0;
  return json.substr(from, json.find_first_of(quoted ? "\"" : ",}", from) - from);
}

} // namespace

listening_crowd::listening_crowd(std::uint16_t port, std::vector<std::string> tokens, hearing how,
                                 std::chrono::milliseconds shopping_time)
    : how_(how), shopping_time_(shopping_time), tokens_(std::move(tokens)), clients_(tokens_.size()),
      poller_(::epoll_create1(EPOLL_CLOEXEC)) {
  for (std::size_t at = 0; at < clients_.size(); ++at) {
    dial(port, at);
    if (at % dialed_at_once == 0)
      run(std::chrono::milliseconds{20});
  }
  const auto until = clock::now() + std::chrono::seconds{60};
  while (served_ < clients_.size() && clock::now() < until)
    run(std::chrono::milliseconds{20});
  if (served_ < clients_.size())
    throw std::runtime_error(std::to_string(clients_.size() - served_) + " were not served");
}

listening_crowd::~listening_crowd() {
  for (const auto& one : clients_)
    if (one.socket >= 0)
      ::close(one.socket);
  ::close(poller_);
}

std::string listening_crowd::request_of(std::size_t at) const {
  const std::string end = " HTTP/1.1\r\nHost: bench\r\n";
  switch (how_) {
  case hearing::by_stream:
    return "GET /api/v1/queue/events?queueToken=" + tokens_[at] + end + "\r\n";
  case hearing::by_socket:
    return "GET /api/v1/queue/socket?queueToken=" + tokens_[at] + end +
           "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
           "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";
  case hearing::by_polls:
    break;
  }
  return "GET /api/v1/queue" + end + "Queue-Token: " + tokens_[at] + "\r\n\r\n";
}

void listening_crowd::dial(std::uint16_t port, std::size_t at) {
  auto& one = clients_[at];
  one.socket = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in where{};
  where.sin_family = AF_INET;
  where.sin_port = htons(port);
  where.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (one.socket < 0 || ::connect(one.socket, reinterpret_cast<sockaddr*>(&where), sizeof where) != 0)
    throw std::runtime_error("connection " + std::to_string(at) + " cannot be had");
  epoll_event event{};
  event.events = EPOLLIN;
  event.data.u64 = at;
  ::epoll_ctl(poller_, EPOLL_CTL_ADD, one.socket, &event);
  ask(at);
}

void listening_crowd::ask(std::size_t at) {
  const auto text = request_of(at);
  if (::send(clients_[at].socket, text.data(), text.size(), MSG_NOSIGNAL) !=
      static_cast<ssize_t>(text.size()))
    ++figures_.lost;
}

void listening_crowd::run(std::chrono::milliseconds time, std::size_t enough) {
  std::array<epoll_event, 512> events;
  const auto until = clock::now() + time;
  for (auto now = clock::now(); now < until && active_ < enough; now = clock::now()) {
    for (; !polls_.empty() && polls_.top().first <= now; polls_.pop())
      ask(polls_.top().second);
    const auto next = polls_.empty() ? until : std::min(until, polls_.top().first);
    const auto wait = std::chrono::duration_cast<std::chrono::milliseconds>(next - now).count();
    const auto count =
        ::epoll_wait(poller_, events.data(), static_cast<int>(events.size()), static_cast<int>(wait) + 1);
    for (int each = 0; each < count; ++each)
      read(events[static_cast<std::size_t>(each)].data.u64);
  }
}

void listening_crowd::read(std::size_t at) {
  auto& one = clients_[at];
  std::array<char, 4096> piece;
  const auto count = ::recv(one.socket, piece.data(), piece.size(), MSG_DONTWAIT);
  if (count <= 0) {
    ++figures_.lost;
    ::epoll_ctl(poller_, EPOLL_CTL_DEL, one.socket, nullptr);
    return;
  }
  figures_.bytes += static_cast<std::uint64_t>(count);
  one.input.append(piece.data(), static_cast<std::size_t>(count));
  answer_ping(one);
  for (std::string message; take_message(one, message); answer_ping(one))
    hear(at, message);
  if (one.input.empty())
    std::string{}.swap(one.input);
}

/// As a browser does by itself; whoever does not is taken for gone after half a minute (RFC 6455, 5.5.2).
void listening_crowd::answer_ping(client& one) const {
  constexpr char ping = '\x89', pong = '\x8a', masked = '\x80';
  auto& input = one.input;
  if (how_ != hearing::by_socket || input.size() < 2 || input[0] != ping)
    return;
  const auto length = static_cast<std::size_t>(input[1]); // a control frame's is at most 125
  if (input.size() < 2 + length)
    return;
  std::string answer{pong, static_cast<char>(masked | input[1])};
  answer.append(4, '\0').append(input, 2, length); // under a mask of zeros a text stays as it is
  ::send(one.socket, answer.data(), answer.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
  input.erase(0, 2 + length);
}

/// The next whole event, message or answer.
bool listening_crowd::take_message(client& one, std::string& message) const {
  auto& input = one.input;
  std::size_t end = std::string::npos;
  if (how_ == hearing::by_polls) {
    const auto head = input.find("\r\n\r\n");
    const auto length = input.find("Content-Length: ");
    if (head == std::string::npos || length == std::string::npos)
      return false;
    end = head + 4 + std::stoul(input.substr(length + 16));
  } else {
    // JSON has no line's end in it, and a frame's head none of a brace's: an event ends with its object.
    const auto brace = input.find("}");
    if (brace != std::string::npos)
      end = brace + 1;
  }
  if (end == std::string::npos || input.size() < end)
    return false;
  message = input.substr(0, end);
  input.erase(0, end);
  if (how_ == hearing::by_stream && input == "\n\n")
    input.clear();
  return true;
}

void listening_crowd::hear(std::size_t at, const std::string& message) {
  const auto heard_at =
      std::chrono::system_clock::now(); // against the database's clock, which is this machine's
  auto& one = clients_[at];
  ++figures_.messages;
  if (!std::exchange(one.served, true))
    ++served_;
  const auto status = field(message, "status");
  if (status == "ACTIVE" && !one.active) {
    one.active = true;
    ++active_;
    const auto admitted_at = test::time_of(field(message, "validUntil")) - shopping_time_;
    figures_.delays_ms.push_back(std::chrono::duration<double, std::milli>(heard_at - admitted_at).count());
  }
  if (how_ == hearing::by_polls && !status.empty())
    polls_.emplace(clock::now() + std::chrono::milliseconds{std::stoll(field(message, "pollAfterMs"))}, at);
}

} // namespace frontrow::bench
