#include "persistence/deadline_watch.hpp"

#include <boost/test/unit_test.hpp>

#include <array>
#include <memory>

#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

using frontrow::persistence::detail::deadline_watch;
using frontrow::persistence::detail::socket_handle;
using namespace std::chrono_literals;

namespace {

struct pair_of_sockets {
  pair_of_sockets() { BOOST_REQUIRE(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()) == 0); }
  ~pair_of_sockets() {
    ::close(ends[0]);
    ::close(ends[1]);
  }
  bool is_shut(std::chrono::milliseconds patience) const {
    pollfd at{ends[1], POLLIN, 0};
    return ::poll(&at, 1, static_cast<int>(patience.count())) == 1;
  }
  std::array<int, 2> ends{};
};

auto in(std::chrono::milliseconds time) {
  return std::chrono::steady_clock::now() + time;
}

constexpr auto long_enough = 30s;

} // namespace

BOOST_AUTO_TEST_SUITE(watch_over_sockets)

BOOST_AUTO_TEST_CASE(a_socket_whose_time_is_over_is_shut_and_no_other) {
  deadline_watch watch;
  const pair_of_sockets late, timely;
  const socket_handle late_handle{late.ends[0]}, timely_handle{timely.ends[0]};
  const auto far = watch.until(in(1h), timely_handle);
  const auto near = watch.until(in(20ms), late_handle);
  BOOST_TEST(late.is_shut(long_enough));
  BOOST_TEST(!timely.is_shut(0ms));
}

BOOST_AUTO_TEST_CASE(a_socket_whose_guard_has_gone_is_left_alone) {
  deadline_watch watch;
  const pair_of_sockets first, second;
  const socket_handle first_handle{first.ends[0]}, second_handle{second.ends[0]};
  { const auto gone = watch.until(in(20ms), first_handle); }
  const auto stays = watch.until(in(30ms), second_handle);
  BOOST_TEST(second.is_shut(long_enough)); // and so the first one's time has passed, too
  BOOST_TEST(!first.is_shut(0ms));
}

BOOST_AUTO_TEST_CASE(a_handle_outlives_the_descriptor_that_it_was_made_of) {
  const pair_of_sockets watched, other;
  const socket_handle handle{watched.ends[0]};
  BOOST_REQUIRE(::dup2(other.ends[0], watched.ends[0]) >= 0); // closed, and the number given to another file
  handle.shut();
  BOOST_TEST(watched.is_shut(long_enough));
  BOOST_TEST(!other.is_shut(0ms));
}

BOOST_AUTO_TEST_CASE(there_is_one_watch_while_anyone_holds_it) {
  auto first = deadline_watch::shared();
  BOOST_TEST(first == deadline_watch::shared());
}

BOOST_AUTO_TEST_SUITE_END()
