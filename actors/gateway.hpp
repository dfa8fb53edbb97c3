#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <mutex>
#include <variant>
#include <vector>

#include <caf/message.hpp>

#include "actors/messages.hpp"
#include "cluster/router.hpp"

namespace frontrow::actors {

/// What a command comes to: the reply, a refusal, or "ask again with the same command id".
template <class Reply>
using outcome = std::variant<Reply, domain::refused, unavailable>;

using cluster::pending_answer;

/// The door between those who ask (I/O threads, the administration, actors that owe effects) and the actors: a router
/// for every few threads, each behind a lock of its own. Every function for any thread; answers are completed outside of
/// all locks.
class gateway {
public:
  using steady_time = cluster::steady_time;

  /// `way` outlives it, and never calls back into it. The limits on what waits count for each asking thread, those on
  /// what is held back for all together.
  gateway(cluster::router_limits limits, cluster::carrier& way);

  /// Sends a letter whose shard is set, and waits for its answer. Where this thread has a letter_round open, it goes
  /// with that.
  void ask(cluster::envelope letter, std::unique_ptr<pending_answer> waiting);
  /// An answer has come. One that nobody waits for any more is dropped.
  void complete(const cluster::return_address& to, const caf::message& answer);
  /// Somebody serves this shard now.
  void served(cluster::shard_id shard);
  /// What was sent to that node may never have come.
  void link_lost(cluster::node_number node);
  /// To be called a few dozen times a second.
  void tick(steady_time now);
  /// Gives up all.
  void close();

  std::size_t waiting() const;
  std::size_t held() const { return held_.letters.load(std::memory_order_relaxed); }

private:
  friend class letter_round;

  void send(cluster::envelope letter, std::unique_ptr<pending_answer> waiting);

  struct stripe {
    mutable std::mutex mutex;
    std::unique_ptr<cluster::router> requests;
  };

  /// `step(router)` for each, one after the other.
  template <class Step>
  void with_each(Step step);

  static constexpr std::size_t stripes = 16; // more than threads that ask
  cluster::held_back held_;
  std::vector<stripe> stripes_;
};

} // namespace frontrow::actors
