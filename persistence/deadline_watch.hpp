#pragma once

#include <chrono>
#include <condition_variable>
#include <list>
#include <memory>
#include <mutex>
#include <thread>

namespace frontrow::persistence::detail {

/// A connection's socket in the hands of others than its owner. A duplicate of its own: libpq closes its descriptor
/// when it likes, and the number may be another file's a moment later.
class socket_handle {
public:
  /// Throws std::system_error when no descriptor is left.
  explicit socket_handle(int socket);
  ~socket_handle();
  socket_handle(const socket_handle&) = delete;
  socket_handle& operator=(const socket_handle&) = delete;

  /// Whoever waits on the connection, now or later, finds it closed by the other side. Any thread, any time.
  void shut() const noexcept;

private:
  int duplicate_;
};

/// Shuts the sockets whose time is over. libpq waits for an answer without limit, and PostgreSQL's own timeouts
/// are no use when it is the server that stands still (stopped, swapped out, its disk gone): the kernel goes on
/// acknowledging for it. One thread for all connections. All functions for any thread.
class deadline_watch {
  using steady_time = std::chrono::steady_clock::time_point;
  struct watched_socket {
    steady_time deadline; // the end of time once it is shut
    const socket_handle* socket;
  };
  using sockets = std::list<watched_socket>; // some ten: one a connection at the most

public:
  /// The one of this process, which lives as long as anyone holds it.
  static std::shared_ptr<deadline_watch> shared();

  deadline_watch();
  ~deadline_watch();
  deadline_watch(const deadline_watch&) = delete;
  deadline_watch& operator=(const deadline_watch&) = delete;

  /// While it lives the socket is under watch.
  class guard {
  public:
    guard(deadline_watch& by, sockets::iterator which) : by_(&by), which_(which) {}
    ~guard();
    guard(const guard&) = delete;
    guard& operator=(const guard&) = delete;

  private:
    deadline_watch* by_;
    sockets::iterator which_;
  };

  /// Shuts `socket` at `deadline` unless the guard has gone by then. The socket and this outlive the guard.
  [[nodiscard]] guard until(steady_time deadline, const socket_handle& socket);

private:
  void run();

  std::mutex mutex_;
  std::condition_variable wake_;
  sockets watched_;
  steady_time sleeping_until_ = steady_time::max(); // of the thread: most guards are gone before, and never wake it
  bool stopping_ = false;
  std::thread thread_;
};

} // namespace frontrow::persistence::detail
