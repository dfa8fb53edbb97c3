#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <set>
#include <utility>
#include <vector>

#include <boost/unordered/unordered_flat_map.hpp>

#include "cluster/envelope.hpp"
#include "cluster/members.hpp"

namespace frontrow::cluster {

struct router_limits {
  /// Requests under way at one router; past it the next is given up at once.
  std::size_t asks_max = 100'000;
  /// From the first sending to the end, whatever happens in between.
  std::chrono::milliseconds ask_timeout{5'000};
  /// What is held back by all routers of a node, in number and bytes; past either the next is given up at once.
  std::size_t held_max = 20'000;
  std::size_t held_bytes_max = 64u << 20;
  /// How long one request may be held back in a row.
  std::chrono::milliseconds held_time_max{4'000};
  /// Between two attempts to send what is held back, for news that were lost.
  std::chrono::milliseconds retry{50};
};

/// Someone who waits for one answer. `complete` is called once, from any thread; an empty message stands for
/// "unavailable": ask again with the same command id.
class pending_answer {
public:
  virtual ~pending_answer() = default;
  virtual void complete(const caf::message& answer) = 0;
};

/// What all routers of a node hold back together.
struct held_back {
  std::atomic<std::size_t> letters{0};
  std::atomic<std::size_t> bytes{0};
};

/// What became of an attempt to send.
enum class sending : std::uint8_t {
  sent,
  held,        ///< nobody is known to serve the shard now, or its node cannot be reached: try again later
  unavailable, ///< trying again is of no use: this node cannot serve its own shard now
};

/// The world of a router: the shard map, and the ways to the shards.
class carrier {
public:
  virtual ~carrier() = default;
  /// Sends it to who serves its shard, and sets `letter.epoch` and `to`. Calls nothing back.
  virtual sending carry(envelope& letter, node_number& to) = 0;
  /// Memory of a letter, in bytes, roughly.
  virtual std::size_t bytes_of(const envelope& letter) const = 0;
};

/// The requests that a node has under way, and what happens to them when shards move: docs/cluster.md, "A request".
/// Neither actors nor clocks: time and answers come in as arguments, what is finished goes out as the result, to be
/// completed by the caller. One thread at a time.
class router {
public:
  struct finished {
    std::unique_ptr<pending_answer> waiting;
    caf::message answer; ///< empty: unavailable
    void complete() { waiting->complete(answer); }
  };
  using finished_list = std::vector<finished>;

  /// `number`: of this router at its node, from 1.
  router(router_limits limits, carrier& way, held_back& held, std::uint16_t number)
      : limits_(limits), way_(way), held_(held), number_(number) {}

  /// Sends `letter` (its shard is set), with its return address filled in.
  finished_list ask(envelope letter, std::unique_ptr<pending_answer> waiting, steady_time now);
  /// An answer has come. One that nobody waits for any more is dropped; `moved` makes its request held back.
  finished_list answered(std::uint64_t correlation, const caf::message& answer, steady_time now);
  /// Somebody serves this shard now.
  finished_list served(shard_id shard, steady_time now);
  /// What was sent there may never have come: it is sent again.
  finished_list link_lost(node_number node, steady_time now);
  /// To be called every `retry` or so.
  finished_list tick(steady_time now);
  finished_list give_up_all();

  std::size_t under_way() const { return entries_.size(); }

private:
  struct entry {
    envelope letter;
    std::unique_ptr<pending_answer> waiting;
    steady_time deadline;
    node_number sent_to = 0; // 0: held back
    steady_time held_since{};
    std::size_t held_bytes = 0;
  };
  using entry_map = boost::unordered_flat_map<std::uint64_t, entry>;

  void send(std::uint64_t correlation, entry& which, steady_time now, finished_list& over);
  void hold(std::uint64_t correlation, entry& which, steady_time now, finished_list& over);
  void let_go(std::uint64_t correlation, entry& which);
  void finish(entry_map::iterator which, caf::message answer, finished_list& over);
  void send_held(shard_id shard, steady_time now, finished_list& over);

  router_limits limits_;
  carrier& way_;
  held_back& held_;
  std::uint16_t number_;
  std::uint64_t next_ = 1;
  steady_time retried_{};
  entry_map entries_;
  std::set<std::pair<shard_id, std::uint64_t>> held_back_; // by shard, then in the order of asking
};

} // namespace frontrow::cluster
