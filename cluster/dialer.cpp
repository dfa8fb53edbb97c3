#include "cluster/dialer.hpp"

#include <algorithm>
#include <cstdlib>
#include <set>
#include <utility>

#include <caf/all.hpp>
#include <poll.h>
#include <pthread.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "cluster/link_actor.hpp"

namespace frontrow::cluster {

namespace {
steady_time now() { return std::chrono::steady_clock::now(); }

// The members are looked through at least this often: a wake-up may find a peer's pause not yet over.
constexpr std::chrono::seconds longest_wait{10};
} // namespace

dialer::dialer(switchboard& board) : board_(board), wake_up_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
  if (wake_up_ < 0)
    std::abort(); // no file descriptor at start: nothing will work
  thread_ = std::thread{[this] { run(); }};
}

dialer::~dialer() {
  ending_ = true;
  wake();
  thread_.join();
  ::close(wake_up_);
}

void dialer::wake() {
  const std::uint64_t one = 1;
  (void)!::write(wake_up_, &one, sizeof one); // full: it is awake anyway
}

void dialer::run() {
  ::pthread_setname_np(::pthread_self(), "dialer");
  while (!ending_) {
    begin_attempts();
    wait();
    finish_attempts();
  }
}

void dialer::begin_attempts() {
  next_look_ = now() + longest_wait;
  std::set<node_number> wanted;
  for (const auto& peer : board_.to_dial()) {
    wanted.insert(peer.number);
    auto& earliest = not_before_[peer.number];
    if (attempts_.contains(peer.number))
      continue;
    if (now() < earliest) {
      next_look_ = std::min(next_look_, earliest);
      continue;
    }
    earliest = now() + board_.limits.redial;
    attempts_.try_emplace(peer.number, attempt{peer.incarnation, tcp_attempt{peer.address},
                                               now() + board_.limits.connect_timeout});
  }
  std::erase_if(attempts_, [&](const auto& each) { return !wanted.contains(each.first); });
  std::erase_if(not_before_, [&](const auto& each) { return !wanted.contains(each.first) && each.second < now(); });
}

void dialer::wait() {
  std::vector<pollfd> descriptors{{wake_up_, POLLIN, 0}};
  auto until = next_look_;
  for (const auto& [number, each] : attempts_) {
    if (each.tcp.result())
      return;
    until = std::min(until, each.deadline);
    descriptors.push_back({each.tcp.descriptor(), POLLOUT, 0});
  }
  const auto left = std::chrono::ceil<std::chrono::milliseconds>(until - now()).count();
  if (::poll(descriptors.data(), descriptors.size(), static_cast<int>(std::max<decltype(left)>(left, 0))) <= 0)
    return;
  std::uint64_t count = 0;
  (void)!::read(wake_up_, &count, sizeof count);
  auto each = descriptors.begin();
  for (auto& [number, tried] : attempts_)
    if ((++each)->revents != 0)
      tried.tcp.look();
}

void dialer::finish_attempts() {
  for (auto each = attempts_.begin(); each != attempts_.end();) {
    const auto& [number, tried] = *each;
    if (!tried.tcp.result() && now() < tried.deadline) {
      ++each;
      continue;
    }
    if (tried.tcp.result() == probe_result::accepted && board_.knows(number, tried.incarnation)) {
      const auto& there = tried.tcp.reached();
      if (auto fresh = board_.begin(number, tried.incarnation))
        caf::anon_send(fresh->actor, begin_dialing{there.host, there.port});
    }
    each = attempts_.erase(each);
  }
}

} // namespace frontrow::cluster
