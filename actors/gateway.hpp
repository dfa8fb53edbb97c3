#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <variant>
#include <vector>

#include <boost/unordered/unordered_flat_map.hpp>

#include <caf/message.hpp>

#include "actors/messages.hpp"

namespace frontrow::actors {

/// What a command comes to: the reply, a refusal, or "ask again with the same command id".
template <class Reply>
using outcome = std::variant<Reply, domain::refused, unavailable>;

/// Someone outside the actors who waits for one answer. `complete` is called once, from any thread; an
/// empty message stands for "unavailable".
class pending_answer {
public:
  virtual ~pending_answer() = default;
  virtual void complete(const caf::message& answer) = 0;
};

/// The door between threads that ask (I/O threads, the administration) and the actors. Correlation is our
/// own, because CAF's costs O(requests under way) in one actor. Lock striped; every function for any thread.
class gateway {
public:
  using steady_time = std::chrono::steady_clock::time_point;

  /// `asks_max`: answers that one asking thread may wait for at once; past it "unavailable" is told at once.
  gateway(std::size_t asks_max, std::chrono::milliseconds ask_timeout);

  /// Takes the waiting one in and says where its answer shall go. No value: too many wait; it was completed
  /// with nothing.
  std::optional<cluster::return_address> expect(std::unique_ptr<pending_answer> waiting);
  /// An answer has come. One that nobody waits for any more is dropped.
  void complete(const cluster::return_address& to, const caf::message& answer);
  /// Gives up those whose time is over; to be called a few times a second.
  void expire(steady_time now);
  /// Gives up all.
  void close();

  std::size_t waiting() const;

private:
  struct entry {
    std::unique_ptr<pending_answer> waiting;
    steady_time deadline;
  };
  struct stripe {
    mutable std::mutex mutex;
    std::uint64_t next = 1;
    boost::unordered_flat_map<std::uint64_t, entry> waiting;
  };

  template <class Condition>
  void give_up(Condition condition);

  static constexpr std::size_t stripes = 16; // more than threads that ask
  std::size_t asks_max_;
  std::chrono::milliseconds ask_timeout_;
  std::vector<stripe> stripes_;
};

} // namespace frontrow::actors
