#pragma once

#include "http/awaitable.hpp"

#include <boost/asio/async_result.hpp>
#include <boost/asio/post.hpp>
#include <optional>
#include <utility>

namespace frontrow::http {

/// The other end of `await_answer`: whoever holds it gives the answer, once, from any thread. Let go
/// without an answer, the waiting coroutine gets nothing instead of waiting for ever.
template <class T>
class answer_slot {
public:
  using handler = typename asio::async_result<asio::use_awaitable_t<io_executor>, void(std::optional<T>)>::handler_type;

  explicit answer_slot(handler&& waiting) : waiting_(std::move(waiting)) {}
  answer_slot(answer_slot&& other) noexcept : waiting_(std::move(other.waiting_)) { other.waiting_.reset(); }
  answer_slot& operator=(answer_slot&& other) noexcept {
    if (this != &other) {
      resume(std::nullopt);
      if (other.waiting_) // Asio's handlers can be moved into place only
        waiting_.emplace(std::move(*other.waiting_));
      other.waiting_.reset();
    }
    return *this;
  }
  answer_slot(const answer_slot&) = delete;
  answer_slot& operator=(const answer_slot&) = delete;
  ~answer_slot() { resume(std::nullopt); }

  void give(T answer) { resume(std::optional<T>{std::move(answer)}); }

private:
  void resume(std::optional<T> answer) {
    if (!waiting_)
      return;
    auto executor = asio::get_associated_executor(*waiting_);
    asio::post(executor, [waiting = std::move(*waiting_), given = std::move(answer)]() mutable {
      waiting(std::move(given));
    });
    waiting_.reset();
  }

  std::optional<handler> waiting_;
};

/// Waits, without holding a thread, for an answer that comes from another thread (an actor's, say):
///
///     auto reply = co_await await_answer<reply_type>([&](answer_slot<reply_type> slot) {
///       gateway.ask(command, std::move(slot));
///     });
///     if (!reply)
///       co_return request.problem(error_code::unavailable, "...");
///
/// `start` is called once, at once, on the coroutine's thread. The coroutine goes on on its own I/O thread.
/// There is no timeout here: whoever holds the slot must let it go in finite time.
template <class T, class Start>
awaitable<std::optional<T>> await_answer(Start start) {
  return asio::async_initiate<const asio::use_awaitable_t<io_executor>, void(std::optional<T>)>(
      [start = std::move(start)](auto&& waiting) mutable {
        start(answer_slot<T>{std::forward<decltype(waiting)>(waiting)});
      },
      use_awaitable);
}

} // namespace frontrow::http
