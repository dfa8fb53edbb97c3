#pragma once

#include "bench/load/answer_reader.hpp"
#include "bench/load/measurement.hpp"

#include <coroutine>
#include <cstdint>
#include <exception>
#include <memory>
#include <queue>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace frontrow::bench {

/// What one visitor does, as a coroutine. Begun and ended by `client::run`.
class visit {
public:
  struct promise_type {
    visit get_return_object() { return visit{std::coroutine_handle<promise_type>::from_promise(*this)}; }
    std::suspend_always initial_suspend() noexcept { return {}; }
    std::suspend_always final_suspend() noexcept {
      --*running;
      return {};
    }
    void return_void() {}
    void unhandled_exception() { failure = std::current_exception(); }

    std::size_t* running = nullptr;
    std::exception_ptr failure;
  };

  visit(visit&& other) noexcept : handle_(std::exchange(other.handle_, {})) {}
  visit& operator=(visit&& other) noexcept {
    std::swap(handle_, other.handle_);
    return *this;
  }
  ~visit() {
    if (handle_)
      handle_.destroy();
  }

private:
  friend class client;
  explicit visit(std::coroutine_handle<promise_type> handle) : handle_(handle) {}
  std::coroutine_handle<promise_type> handle_;
};

/// Thousands of kept connections to one port of this machine, on the thread that calls `run`. One request at
/// a time on each; a connection that is lost is opened again with the next request.
class client {
public:
  /// Opens them all. Throws std::system_error when the server cannot be reached.
  client(std::uint16_t port, std::size_t connections);
  ~client();
  client(const client&) = delete;
  client& operator=(const client&) = delete;

  class asking {
  public:
    bool await_ready() const noexcept { return false; }
    void await_suspend(std::coroutine_handle<> who) { in_.send(connection_, request_, who); }
    answer await_resume() const;

  private:
    friend class client;
    asking(client& in, std::size_t connection, std::string_view request)
        : in_(in), connection_(connection), request_(request) {}
    client& in_;
    std::size_t connection_;
    std::string_view request_;
  };
  /// Sends the request's bytes over that connection, which nobody else uses meanwhile.
  asking ask(std::size_t connection, std::string_view request) { return {*this, connection, request}; }

  class waiting {
  public:
    bool await_ready() const { return until_ <= clock_type::now(); }
    void await_suspend(std::coroutine_handle<> who) { in_.timers_.push({until_, who}); }
    void await_resume() const {}

  private:
    friend class client;
    waiting(client& in, clock_type::time_point until) : in_(in), until_(until) {}
    client& in_;
    clock_type::time_point until_;
  };
  waiting wait_until(clock_type::time_point when) { return {*this, when}; }

  /// Goes on with a coroutine between two events, not within the caller.
  void resume_soon(std::coroutine_handle<> who) {
    timers_.push({clock_type::time_point{std::chrono::nanoseconds{1}}, who});
  }
  /// `run` returns after the event at hand, whoever has not ended yet.
  void stop() { stopped_ = true; }

  /// Runs all of them side by side until each has ended, or `stop`; throws what the first of them has thrown.
  /// Throws `interrupted` when the user has asked for an end.
  void run(std::vector<visit> visits);

  std::size_t connections() const { return lines_.size(); }

private:
  struct line {
    int socket = -1;
    bool wants_to_write = false;
    std::string out;      ///< not yet taken by the kernel
    std::string in;       ///< received, not yet a whole answer
    std::size_t used = 0; ///< bytes of `in` that belong to the last answer
    answer last;
    std::coroutine_handle<> who;
  };
  struct timer {
    clock_type::time_point at;
    std::coroutine_handle<> who;
    bool operator<(const timer& other) const { return at > other.at; }
  };

  /// None opened yet; what is thrown from here on finds an object that its destructor closes.
  explicit client(std::uint16_t port);
  void open(std::size_t at);
  void lose(std::size_t at);
  void send(std::size_t at, std::string_view request, std::coroutine_handle<> who);
  void write_rest(std::size_t at);
  void receive(std::size_t at);
  void look_at(std::size_t at);
  void watch(std::size_t at, bool for_writing);
  void run_due();
  void set_alarm();

  bool stopped_ = false;
  std::uint16_t port_;
  int epoll_ = -1;
  int alarm_ = -1;
  clock_type::time_point alarm_at_{};
  std::vector<line> lines_;
  std::vector<char> buffer_;
  std::priority_queue<timer> timers_;
};

/// The user has pressed Ctrl-C (or sent SIGTERM).
struct interrupted : std::exception {
  const char* what() const noexcept override { return "interrupted"; }
};
/// From now on these signals end a run between two events; a second one ends the program.
void end_on_signals();
/// Throws `interrupted` after such a signal.
void check_interrupted();

} // namespace frontrow::bench
