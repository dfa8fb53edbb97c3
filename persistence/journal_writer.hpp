#pragma once

#include "persistence/journal_rows.hpp"

#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

namespace frontrow::persistence {

/// Why an entity's life cannot be written on.
enum class append_failure {
  fenced,   ///< the shard has another epoch: someone else owns it
  rejected, ///< the database refused a row for good (its data, or a version that is there already)
  stopped,  ///< the writer was stopped before the outcome was known: the journal alone can tell
};

/// Told what became of an entity's events. Called on the writer's thread, or on the one that sent the batch
/// in passing (commit_round): hand over and return, never block, never throw. One call per entity and batch.
class append_listener {
public:
  virtual ~append_listener() = default;
  /// All events up to and with `through` are in the journal for good.
  virtual void durable(entity_ref entity, version_number through) = 0;
  /// Told once, and last: nothing after the last `durable` was written (after `stopped`: may have been),
  /// nothing more of this stream will be.
  virtual void failed(entity_ref entity, append_failure reason) = 0;
};

/// Whether an entity is to be loaded when its shard starts.
enum class wake_up { as_before, at_start };

/// What one batch was, for metrics. `commit`: from sending it until whoever sent it knew.
struct batch_observation {
  std::size_t database = 0;
  std::size_t rows = 0;
  std::chrono::nanoseconds commit{};
};

struct journal_writer_config {
  journal_databases databases;
  /// UUID text of this node's life. The writer's backends are registered under it, so that a takeover can end them.
  std::string incarnation;
  /// Connections for events, each with a thread, per database. More than one only pays where PostgreSQL has processors
  /// to spare (decision 28). Snapshots have another one.
  std::size_t connections = 1;
  /// Events that may wait to be durable before `admission` says full. Bounds memory and the time to flush.
  std::size_t max_pending = 100'000;
  /// Rows a statement. Past 1,000 a row costs the same, but the first one waits longer.
  std::size_t max_batch = 1'000;
  /// Bytes of data a statement (a single submission may exceed it). Keeps one statement's memory in hand.
  std::size_t max_batch_bytes = 8u << 20;
  /// PostgreSQL's statement_timeout. A statement that takes longer is tried again.
  std::chrono::milliseconds statement_timeout{10'000};
  /// For one attempt to connect; libpq counts whole seconds, at least 2.
  std::chrono::seconds connect_timeout{3};
  /// A commit under way for longer than this makes `admission` say away: its database hangs, or who sent it
  /// in passing does.
  std::chrono::milliseconds stall_after{3'000};
  /// Wait between attempts: doubled from the first to the second figure, so that a short restart is soon
  /// over and a long outage costs nothing.
  std::chrono::milliseconds backoff_first{20};
  std::chrono::milliseconds backoff_last{1'000};
  /// Called after each statement that wrote rows, by the thread that tells the listeners. May be empty.
  std::function<void(const batch_observation&)> on_batch;
};

/// What the door says before anything is decided.
enum class admission {
  open,
  full, ///< max_pending events wait
  away, ///< the shard's database does not take appends now
};

namespace detail {
class writer_lane;
struct stream_state;
} // namespace detail

/// The write side of one life of one entity. A stream that has failed stays so: what is submitted later is
/// dropped, hence the journal never has a gap and never goes on past a refused event.
/// Thread rule: submissions to one stream must not overlap; they may come from any thread.
class append_stream {
public:
  /// Takes the events `first`, `first` + 1, ... Aborts unless `first` follows the last one submitted.
  /// Events handed over in one call become durable together or not at all. Never blocks.
  /// False: nothing was taken, because the stream has failed (its listener has been or is about to be told) or
  /// the writer was stopped (nobody is told).
  bool submit(version_number first, std::vector<event_row> rows, wake_up wake = wake_up::as_before);

  /// Stores the state as of `snapshot.version` once that version is durable, unless a newer one is stored.
  /// Aborts if that version was never submitted. Of several that wait, the newest is stored.
  void store(snapshot_row snapshot);

  entity_ref entity() const;
  /// The last version submitted.
  version_number version() const;

private:
  friend class journal_writer;
  append_stream(std::shared_ptr<detail::stream_state> state, detail::writer_lane& lane);
  std::shared_ptr<detail::stream_state> state_;
  detail::writer_lane* lane_;
};

/// Writes events to PostgreSQL: group commit by load, fenced by epoch, through outages.
/// A shard always uses the same connection, so the order within an entity is kept. While one statement is
/// under way the writer gathers what arrives, then writes it all as the next one. What a thread submits in a
/// commit_round of its own, it may send and hear of itself. Every stream must be gone, or unused, before the
/// writer is destroyed.
class journal_writer {
public:
  /// Starts the threads; they connect on their own, however long that takes.
  explicit journal_writer(journal_writer_config config);
  /// Stops without waiting for an outage to end.
  ~journal_writer();
  journal_writer(const journal_writer&) = delete;
  journal_writer& operator=(const journal_writer&) = delete;

  /// Opens a life's write side after `version`, the last one it has read.
  append_stream open(entity_address address, epoch_number epoch, version_number version,
                     std::shared_ptr<append_listener> listener);

  /// For any thread; costs a few loads.
  admission admits(shard_number shard) const;
  /// Whether the shard's database takes appends now.
  bool available(shard_number shard) const;
  /// Whether every database does.
  bool available() const;
  /// Events not yet durable, over all databases.
  std::size_t pending() const;
  /// Those of one shard's connection (a handoff waits for its own streams, not for this).
  std::size_t pending(shard_number shard) const;

  /// Writes what was submitted, then ends the threads. What is not written by then because a database is away
  /// fails with `stopped`. Submit nothing after this. Repeating it does nothing.
  void stop(std::chrono::milliseconds patience);

private:
  detail::writer_lane& lane_of(shard_number shard) const;
  journal_writer_config config_;
  std::vector<std::unique_ptr<detail::writer_lane>> snapshots_; // by database; outlive the lanes
  std::vector<std::unique_ptr<detail::writer_lane>> lanes_;
};

} // namespace frontrow::persistence
