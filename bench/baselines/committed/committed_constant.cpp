// The least that a service does which promises what it answers: one row for all requests that came while the
// last row was committed, and a constant to each once their row is. One thread, nothing else: no login, no
// parser but for a header's end, no queue, no log. As nginx's constant is the limit of HTTP on a machine,
// this is that of whoever commits first.
//
//     bench_committed_constant PORT DATABASE_URL
//
// Makes its table, says "ready" and serves until a signal ends it. Anything unexpected ends it with 1.

#include "bench/baselines/constant_answer.hpp"

#include <arpa/inet.h>
#include <array>
#include <cstdlib>
#include <iostream>
#include <libpq-fe.h>
#include <memory>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdexcept>
#include <string>
#include <string_view>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>
#include <utility>
#include <vector>

namespace {

constexpr std::string_view end_of_head = "\r\n\r\n";
/// What a join has to leave behind at least: who, and a secret.
constexpr std::size_t bytes_of_a_promise = 24;
constexpr int events_at_once = 1'024, backlog = 16'384;

struct peer {
  int socket; ///< -1: gone
  std::size_t length = 0;
  std::array<char, 2'048> input{};
};

std::string answer_text() {
  const auto body = frontrow::bench::constant_answer;
  return "HTTP/1.1 201 Created\r\nDate: Sun, 29 Nov 2026 11:00:00 GMT\r\nContent-Length: " +
         std::to_string(body.size()) +
         "\r\nContent-Type: application/json\r\nX-Trace-Id: 0123456789abcdef0123456789abcdef\r\n"
         "X-Content-Type-Options: nosniff\r\nCache-Control: no-store\r\n\r\n" +
         std::string{body};
}

[[noreturn]] void fail(const std::string& what) {
  throw std::runtime_error{what};
}

class service {
public:
  service(std::uint16_t port, const char* url)
      : database_(PQconnectdb(url), &PQfinish), poll_(::epoll_create1(0)), listener_(listen_at(port)) {
    if (PQstatus(database_.get()) != CONNECTION_OK)
      fail(PQerrorMessage(database_.get()));
    run("create table promise (id bigint generated always as identity primary key, data bytea not null)");
    const result prepared{
        PQprepare(database_.get(), "promise", "insert into promise (data) values ($1)", 1, nullptr),
        &PQclear};
    if (PQresultStatus(prepared.get()) != PGRES_COMMAND_OK)
      fail(PQerrorMessage(database_.get()));
    watch(listener_, &listener_);
    watch(PQsocket(database_.get()), database_.get());
  }

  [[noreturn]] void serve() {
    std::array<epoll_event, events_at_once> ready{};
    for (;;) {
      const auto count = ::epoll_wait(poll_, ready.data(), events_at_once, -1);
      for (int nth = 0; nth < count; ++nth) {
        auto* const which = ready[static_cast<std::size_t>(nth)].data.ptr;
        if (which == &listener_)
          accept_one();
        else if (which == database_.get())
          hear_database();
        else
          read(*static_cast<peer*>(which));
      }
      if (committing_.empty() && !arrived_.empty())
        commit();
    }
  }

private:
  using result = std::unique_ptr<PGresult, decltype(&PQclear)>;

  static int listen_at(std::uint16_t port) {
    const int made = ::socket(AF_INET, SOCK_STREAM, 0);
    sockaddr_in where{};
    where.sin_family = AF_INET;
    where.sin_port = htons(port);
    where.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    const int yes = 1;
    ::setsockopt(made, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
    if (::bind(made, reinterpret_cast<const sockaddr*>(&where), sizeof where) != 0 ||
        ::listen(made, backlog) != 0)
      fail("cannot listen");
    return made;
  }
  void watch(int what, void* name) {
    epoll_event event{};
    event.events = EPOLLIN;
    event.data.ptr = name;
    if (::epoll_ctl(poll_, EPOLL_CTL_ADD, what, &event) != 0)
      fail("cannot watch");
  }
  void run(const char* statement) {
    const result done{PQexec(database_.get(), statement), &PQclear};
    if (PQresultStatus(done.get()) != PGRES_COMMAND_OK)
      fail(PQerrorMessage(database_.get()));
  }

  void accept_one() {
    const int fresh = ::accept4(listener_, nullptr, nullptr, SOCK_NONBLOCK);
    if (fresh < 0)
      fail("cannot accept");
    const int yes = 1;
    ::setsockopt(fresh, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
    peers_.push_back(std::make_unique<peer>(peer{fresh}));
    watch(fresh, peers_.back().get());
  }
  /// One request at a time, as the load's client asks.
  void read(peer& from) {
    const auto count =
        ::recv(from.socket, from.input.data() + from.length, from.input.size() - from.length, 0);
    if (count <= 0) {
      ::close(std::exchange(from.socket, -1));
      return;
    }
    from.length += static_cast<std::size_t>(count);
    if (!std::string_view{from.input.data(), from.length}.ends_with(end_of_head))
      return;
    from.length = 0;
    arrived_.push_back(&from);
  }
  void commit() {
    std::swap(committing_, arrived_);
    row_.assign(committing_.size() * bytes_of_a_promise, 'x');
    const char* value = row_.data();
    const int length = static_cast<int>(row_.size()), binary = 1;
    if (PQsendQueryPrepared(database_.get(), "promise", 1, &value, &length, &binary, 0) == 0)
      fail(PQerrorMessage(database_.get()));
  }
  void hear_database() {
    if (PQconsumeInput(database_.get()) == 0)
      fail(PQerrorMessage(database_.get()));
    while (PQisBusy(database_.get()) == 0) {
      const result one{PQgetResult(database_.get()), &PQclear};
      if (!one) {
        answer_all();
        return;
      }
      if (PQresultStatus(one.get()) != PGRES_COMMAND_OK)
        fail(PQerrorMessage(database_.get()));
    }
  }

  void answer_all() {
    for (auto* each : std::exchange(committing_, {}))
      if (each->socket >= 0)
        ::send(each->socket, answer_.data(), answer_.size(),
               MSG_NOSIGNAL); // a client that is gone is read next
  }

  const std::string answer_ = answer_text();
  std::unique_ptr<PGconn, decltype(&PQfinish)> database_;
  int poll_;
  int listener_;
  std::vector<std::unique_ptr<peer>> peers_;
  std::vector<peer*> arrived_;
  std::vector<peer*> committing_;
  std::string row_;
};

} // namespace

int main(int count, char** words) {
  if (count != 3) {
    std::cerr << "usage: bench_committed_constant PORT DATABASE_URL\n";
    return 2;
  }
  try {
    service made{static_cast<std::uint16_t>(std::atoi(words[1])), words[2]};
    std::cout << "ready" << std::endl;
    made.serve();
  } catch (const std::exception& thrown) {
    std::cerr << "committed constant: " << thrown.what() << '\n';
    return 1;
  }
}
