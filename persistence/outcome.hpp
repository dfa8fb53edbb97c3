#pragma once

#include <cassert>
#include <utility>
#include <variant>

namespace frontrow::persistence {

/// Either what was asked for or why not. Errors are values; reading the wrong side aborts.
template <class Value, class Error>
class [[nodiscard]] outcome {
public:
  outcome(Value value) : held_(std::in_place_index<0>, std::move(value)) {}
  outcome(Error error) : held_(std::in_place_index<1>, std::move(error)) {}

  explicit operator bool() const { return held_.index() == 0; }

  Value& operator*() {
    assert(held_.index() == 0);
    return std::get<0>(held_);
  }
  const Value& operator*() const {
    assert(held_.index() == 0);
    return std::get<0>(held_);
  }
  Value* operator->() { return &**this; }
  const Value* operator->() const { return &**this; }

  const Error& error() const {
    assert(held_.index() == 1);
    return std::get<1>(held_);
  }

private:
  std::variant<Value, Error> held_;
};

/// The value of an outcome that has nothing to tell but that it went well.
struct done {};

/// Why the database did not do a thing. Where a text goes with it, the text is for the log, never for a client.
enum class database_failure {
  queue_full, ///< too many reads wait already; nothing was asked of the database
  away,       ///< the database cannot be reached or serve now; the same may succeed later
  rejected,   ///< the database refused for good: data, constraint, permission
  stopped,    ///< the reader was stopped before the answer came
};

} // namespace frontrow::persistence
