#pragma once

#include <coroutine>
#include <cstdlib>
#include <optional>
#include <utility>

namespace frontrow::simulation {

/// A simulated thread: a coroutine that begins when it is called, and ends for good with this object.
class process {
public:
  struct promise_type {
    process get_return_object() { return process{std::coroutine_handle<promise_type>::from_promise(*this)}; }
    std::suspend_never initial_suspend() noexcept { return {}; }
    std::suspend_always final_suspend() noexcept { return {}; }
    void return_void() {}
    void unhandled_exception() { std::abort(); }
  };

  process() = default;
  explicit process(std::coroutine_handle<promise_type> frame) : frame_(frame) {}
  process(process&& other) noexcept : frame_(std::exchange(other.frame_, {})) {}
  process& operator=(process&& other) noexcept {
    std::swap(frame_, other.frame_);
    return *this;
  }
  ~process() {
    if (frame_)
      frame_.destroy();
  }

private:
  std::coroutine_handle<promise_type> frame_;
};

/// A part of a thread's work that answers a Value: to be awaited, once.
template <class Value>
class task {
public:
  struct promise_type {
    std::optional<Value> value;
    std::coroutine_handle<> then;

    task get_return_object() { return task{std::coroutine_handle<promise_type>::from_promise(*this)}; }
    std::suspend_always initial_suspend() noexcept { return {}; }
    auto final_suspend() noexcept {
      struct go_on {
        bool await_ready() noexcept { return false; }
        std::coroutine_handle<> await_suspend(std::coroutine_handle<promise_type> ended) noexcept {
          return ended.promise().then;
        }
        void await_resume() noexcept {}
      };
      return go_on{};
    }
    void return_value(Value answer) { value = std::move(answer); }
    void unhandled_exception() { std::abort(); }
  };

  explicit task(std::coroutine_handle<promise_type> frame) : frame_(frame) {}
  task(task&& other) noexcept : frame_(std::exchange(other.frame_, {})) {}
  ~task() {
    if (frame_)
      frame_.destroy();
  }

  bool await_ready() const noexcept { return false; }
  std::coroutine_handle<> await_suspend(std::coroutine_handle<> then) {
    frame_.promise().then = then;
    return frame_;
  }
  Value await_resume() { return std::move(*frame_.promise().value); }

private:
  std::coroutine_handle<promise_type> frame_;
};

} // namespace frontrow::simulation
