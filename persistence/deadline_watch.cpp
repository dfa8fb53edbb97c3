#include "persistence/deadline_watch.hpp"

#include <algorithm>
#include <cerrno>
#include <system_error>

#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

namespace frontrow::persistence::detail {

namespace {

constexpr auto never = std::chrono::steady_clock::time_point::max();

} // namespace

socket_handle::socket_handle(int socket) : duplicate_(::fcntl(socket, F_DUPFD_CLOEXEC, 0)) {
  if (duplicate_ < 0)
    throw std::system_error(errno, std::generic_category(), "a connection's socket cannot be watched");
}

socket_handle::~socket_handle() {
  ::close(duplicate_);
}

void socket_handle::shut() const noexcept {
  ::shutdown(duplicate_, SHUT_RDWR);
}

std::shared_ptr<deadline_watch> deadline_watch::shared() {
  static std::mutex mutex;
  static std::weak_ptr<deadline_watch> present;
  const std::lock_guard lock{mutex};
  auto one = present.lock();
  if (!one) {
    one = std::make_shared<deadline_watch>();
    present = one;
  }
  return one;
}

deadline_watch::deadline_watch() : thread_([this] { run(); }) {}

deadline_watch::~deadline_watch() {
  {
    const std::lock_guard lock{mutex_};
    stopping_ = true;
  }
  wake_.notify_all();
  thread_.join();
}

deadline_watch::guard deadline_watch::until(steady_time deadline, const socket_handle& socket) {
  const std::lock_guard lock{mutex_};
  const auto which = watched_.insert(watched_.end(), {deadline, &socket});
  if (deadline < sleeping_until_)
    wake_.notify_one();
  return {*this, which};
}

deadline_watch::guard::~guard() {
  const std::lock_guard lock{by_->mutex_};
  by_->watched_.erase(which_);
}

void deadline_watch::run() {
  std::unique_lock lock{mutex_};
  while (!stopping_) {
    const auto now = std::chrono::steady_clock::now();
    sleeping_until_ = never;
    for (auto& each : watched_) {
      if (each.deadline <= now) {
        each.socket->shut();
        each.deadline = never;
      }
      sleeping_until_ = std::min(sleeping_until_, each.deadline);
    }
    if (sleeping_until_ == never)
      wake_.wait(lock);
    else
      wake_.wait_until(lock, sleeping_until_);
  }
}

} // namespace frontrow::persistence::detail
