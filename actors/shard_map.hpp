#pragma once

#include <atomic>
#include <cstdint>
#include <map>
#include <vector>

#include "cluster/members.hpp"
#include "persistence/journal_rows.hpp"

namespace frontrow::actors {

/// Where every shard is, as one node knows it, and what of it lives here. Rules alone: whoever keeps the handlers of
/// the shards that live here does what each step answers.
///
///   elsewhere ──warm──> ahead ──serve──> serving ──stop──> stopping ──stopped──> elsewhere
///   elsewhere ──serve──> serving                            any ──drop──> elsewhere
///
/// A shard that is ahead is still served by its owner. One thread at a time, or behind a lock; `trust_until` and
/// `trusted` for any thread.
class shard_map {
public:
  enum class life : std::uint8_t { elsewhere, ahead, serving, stopping };

  explicit shard_map(std::int32_t shard_count);
  /// This node's number; to be told once, before all else.
  void join(cluster::node_number self) { self_ = self; }

  // ---- shards come and go. `shard` is one of the map's, unless it says otherwise.

  /// It gets a handler that loads ahead. A shard that already lives here breaks the rules.
  void warm(cluster::shard_id shard);

  enum class handler_to_serve : std::uint8_t { fresh, the_one_ahead };
  /// It has been claimed. Its handler is a new one, or the one that loads ahead and is told to begin. A shard that is
  /// served here already breaks the rules.
  handler_to_serve serve(cluster::owned_shard shard);

  /// From now on its letters are held back. Whether its handler is to be told; it is not if the shard is not served
  /// here at that epoch (any more).
  [[nodiscard]] bool stop(cluster::owned_shard shard);
  /// Its handler says that it has stopped. Whether to forget it; not if the shard was dropped, or served again,
  /// meanwhile.
  [[nodiscard]] bool stopped(cluster::owned_shard shard);
  /// Whether there is a handler to end at once and to forget.
  [[nodiscard]] bool drop(cluster::shard_id shard);
  /// News: `owner` (0: nobody) has it since `epoch`. Whether letters that are held back for it may go now. Older news
  /// than known ones are ignored, and all about shards that are served here: about those the tables decide.
  [[nodiscard]] bool learn(cluster::shard_id shard, cluster::epoch_number epoch, cluster::node_number owner);
  /// Nothing lives here, and nothing is known.
  void forget_all();

  // ---- letters

  enum class way : std::uint8_t {
    unknown,    ///< nobody is known to serve it
    here,       ///< its handler takes it, or sends it back
    past_lease, ///< it is served here, but this node's lease is over: only questions about the past may go in
    over_there, ///< its owner is another node
  };
  struct direction {
    shard_map::way way = way::unknown;
    cluster::node_number owner = 0;
    cluster::epoch_number epoch = 0; ///< for the letter
  };
  direction way_of(cluster::shard_id shard, cluster::steady_time now) const;
  /// Whether a letter that was sent to that epoch (0: whatever it is) goes to the handler here; otherwise it is
  /// answered `moved`. Any number may come as `shard`.
  bool takes(cluster::shard_id shard, cluster::epoch_number epoch) const;
  /// The last one known; 0 for none, and for a number that is no shard.
  cluster::epoch_number epoch_of(cluster::shard_id shard) const;
  life life_of(cluster::shard_id shard) const { return at(shard).here; }

  struct place {
    cluster::node_number owner = 0; ///< 0: unknown
    cluster::epoch_number epoch = 0;
  };
  std::vector<place> places() const;

  // ---- the lease

  /// Until when it is good: past it, this node answers nothing for its shards.
  void trust_until(cluster::steady_time until) {
    trusted_until_.store(until.time_since_epoch().count(), std::memory_order_relaxed);
  }
  bool trusted(cluster::steady_time now) const {
    return now.time_since_epoch().count() < trusted_until_.load(std::memory_order_relaxed);
  }

private:
  struct entry {
    cluster::node_number owner = 0;
    cluster::epoch_number epoch = 0;
    life here = life::elsewhere;
  };
  entry& at(cluster::shard_id shard) { return entries_.at(static_cast<std::size_t>(shard)); }
  const entry& at(cluster::shard_id shard) const { return entries_.at(static_cast<std::size_t>(shard)); }
  bool exists(cluster::shard_id shard) const { return shard >= 0 && shard < std::ssize(entries_); }

  cluster::node_number self_ = 0;
  std::vector<entry> entries_; // index: shard
  std::atomic<cluster::steady_time::rep> trusted_until_;
};

/// What has to wake in each of `shards`. One in which nothing has is there as well: it is loaded when it hears so.
std::map<cluster::shard_id, std::vector<domain::entity_ref>>
to_wake_by_shard(const std::vector<cluster::shard_id>& shards,
                 const std::vector<persistence::entity_address>& found);

} // namespace frontrow::actors
