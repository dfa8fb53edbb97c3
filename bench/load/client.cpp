#include "bench/load/client.hpp"

#include <arpa/inet.h>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/timerfd.h>
#include <system_error>
#include <unistd.h>

namespace frontrow::bench {

namespace {

/// Largest piece read at once; a list of 1,000 seats is some 100 KB.
constexpr std::size_t read_bytes = 262'144;
constexpr int events_at_once = 512;
/// How long nothing may happen until signals are looked at.
constexpr int patience_ms = 200;
constexpr std::uint64_t alarm_mark = UINT64_MAX;

// A signal's handler has nothing else to tell.
volatile std::sig_atomic_t signals_seen = 0;

void fail(const char* what) {
  throw std::system_error(errno, std::generic_category(), what);
}

} // namespace

void end_on_signals() {
  struct sigaction action {};
  action.sa_handler = [](int) {
    if (signals_seen > 0)
      ::_exit(130);
    signals_seen = 1;
  };
  ::sigaction(SIGINT, &action, nullptr);
  ::sigaction(SIGTERM, &action, nullptr);
  ::signal(SIGPIPE, SIG_IGN);
}

void check_interrupted() {
  if (signals_seen > 0)
    throw interrupted{};
}

client::client(std::uint16_t port)
    : port_(port), epoll_(::epoll_create1(EPOLL_CLOEXEC)),
      alarm_(::timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC)), buffer_(read_bytes) {
  epoll_event event{};
  event.events = EPOLLIN;
  event.data.u64 = alarm_mark;
  if (epoll_ < 0 || alarm_ < 0 || ::epoll_ctl(epoll_, EPOLL_CTL_ADD, alarm_, &event) != 0)
    fail("epoll");
}

client::client(std::uint16_t port, std::size_t connections) : client(port) {
  lines_.resize(connections);
  for (std::size_t at = 0; at < connections; ++at) {
    check_interrupted();
    open(at);
    if (lines_[at].socket < 0)
      fail("connect");
  }
}

client::~client() {
  for (auto& each : lines_)
    if (each.socket >= 0)
      ::close(each.socket);
  ::close(alarm_);
  ::close(epoll_);
}

void client::open(std::size_t at) {
  auto& one = lines_[at];
  one.socket = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const int on = 1;
  ::setsockopt(one.socket, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  // Closed by a reset: thousands of ports must not stay in TIME_WAIT for the next run.
  const linger reset{1, 0};
  ::setsockopt(one.socket, SOL_SOCKET, SO_LINGER, &reset, sizeof reset);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port_);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  epoll_event event{};
  event.events = EPOLLIN;
  event.data.u64 = at;
  if (one.socket < 0 ||
      ::connect(one.socket, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0 ||
      ::epoll_ctl(epoll_, EPOLL_CTL_ADD, one.socket, &event) != 0)
    lose(at);
  one.wants_to_write = false;
}

void client::lose(std::size_t at) {
  auto& one = lines_[at];
  const auto error = errno;
  if (one.socket >= 0)
    ::close(one.socket);
  one.socket = -1;
  one.in.clear();
  one.out.clear();
  one.used = 0;
  one.last = {};
  errno = error;
}

void client::send(std::size_t at, std::string_view request, std::coroutine_handle<> who) {
  auto& one = lines_[at];
  one.in.erase(0, one.used);
  one.used = 0;
  one.who = who;
  if (one.socket < 0)
    open(at);
  if (one.socket < 0) {
    timers_.push({clock_type::now() + std::chrono::milliseconds{10}, std::exchange(one.who, {})});
    return;
  }
  const auto sent = ::send(one.socket, request.data(), request.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
  const auto taken = sent < 0 ? 0 : static_cast<std::size_t>(sent);
  if (taken < request.size()) {
    one.out.assign(request.substr(taken));
    watch(at, true); // a lost connection is told of there as well
  }
}

void client::watch(std::size_t at, bool for_writing) {
  auto& one = lines_[at];
  if (one.wants_to_write == for_writing)
    return;
  one.wants_to_write = for_writing;
  epoll_event event{};
  event.events = EPOLLIN;
  if (for_writing)
    event.events |= EPOLLOUT;
  event.data.u64 = at;
  ::epoll_ctl(epoll_, EPOLL_CTL_MOD, one.socket, &event);
}

void client::write_rest(std::size_t at) {
  auto& one = lines_[at];
  const auto sent = ::send(one.socket, one.out.data(), one.out.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
  if (sent > 0)
    one.out.erase(0, static_cast<std::size_t>(sent));
  if (one.out.empty())
    watch(at, false);
}

void client::receive(std::size_t at) {
  auto& one = lines_[at];
  const auto got = ::recv(one.socket, buffer_.data(), buffer_.size(), MSG_DONTWAIT);
  if (got < 0 && (errno == EAGAIN || errno == EINTR))
    return;
  if (got <= 0) {
    lose(at);
    if (one.who)
      std::exchange(one.who, {}).resume();
    return;
  }
  one.in.append(buffer_.data(), static_cast<std::size_t>(got));
  look_at(at);
}

/// Whether the answer that is waited for is there.
void client::look_at(std::size_t at) {
  auto& one = lines_[at];
  answer_reader reader;
  switch (reader.read(one.in)) {
  case answer_reader::state::incomplete:
    return;
  case answer_reader::state::broken:
    lose(at);
    break;
  case answer_reader::state::complete:
    one.last = reader.result();
    one.used = reader.size();
    break;
  }
  if (one.who)
    std::exchange(one.who, {}).resume();
}

answer client::asking::await_resume() const {
  return in_.lines_[connection_].last;
}

void client::run_due() {
  const auto now = clock_type::now();
  while (!timers_.empty() && timers_.top().at <= now) {
    const auto who = timers_.top().who;
    timers_.pop();
    who.resume();
  }
}

void client::set_alarm() {
  const auto next = timers_.empty() ? clock_type::time_point{} : timers_.top().at;
  if (next == alarm_at_)
    return;
  alarm_at_ = next;
  itimerspec when{};
  const auto since = std::chrono::duration_cast<std::chrono::nanoseconds>(next.time_since_epoch()).count();
  when.it_value.tv_sec = since / 1'000'000'000;
  when.it_value.tv_nsec = since % 1'000'000'000;
  ::timerfd_settime(alarm_, TFD_TIMER_ABSTIME, &when, nullptr);
}

void client::run(std::vector<visit> visits) {
  std::size_t running = visits.size();
  for (auto& each : visits) {
    each.handle_.promise().running = &running;
    each.handle_.resume();
  }
  std::array<epoll_event, events_at_once> events{};
  stopped_ = false;
  while (running > 0 && !stopped_) {
    check_interrupted();
    set_alarm();
    const int count = ::epoll_wait(epoll_, events.data(), events_at_once, patience_ms);
    for (int nth = 0; nth < count; ++nth) {
      const auto& event = events[static_cast<std::size_t>(nth)];
      if (event.data.u64 == alarm_mark) {
        std::uint64_t times = 0;
        if (::read(alarm_, &times, sizeof times) > 0)
          alarm_at_ = {};
        continue;
      }
      const auto at = static_cast<std::size_t>(event.data.u64);
      if ((event.events & EPOLLOUT) != 0 && lines_[at].socket >= 0)
        write_rest(at);
      if ((event.events & ~static_cast<std::uint32_t>(EPOLLOUT)) != 0 && lines_[at].socket >= 0)
        receive(at);
    }
    run_due();
  }
  for (auto& each : visits)
    if (each.handle_.promise().failure)
      std::rethrow_exception(each.handle_.promise().failure);
}

} // namespace frontrow::bench
