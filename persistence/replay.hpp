#pragma once

#include "persistence/event_codec.hpp"
#include "persistence/journal_reader.hpp"
#include "persistence/journal_rows.hpp"
#include "persistence/outcome.hpp"
#include "persistence/snapshot_codec.hpp"

#include <cassert>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <variant>

namespace frontrow::persistence {

/// A history that cannot be what was written: a gap, a repeat, a row of another entity, an unreadable event.
/// The entity must not start on it.
struct corrupt_history {
  entity_ref entity;
  version_number version = 0; ///< of the row that does not fit
  std::string what;           ///< for the log
};

/// Machine is account, queue or seat_map.
template <class Machine>
constexpr entity_kind kind_of() {
  if constexpr (std::is_same_v<Machine, domain::account>)
    return entity_kind::account;
  else if constexpr (std::is_same_v<Machine, domain::queue>)
    return entity_kind::queue;
  else
    return entity_kind::seat_map;
}

/// Makes a machine of its history, a page at a time: for recovery, for a look at the past (give it the rows
/// up to the version asked for), for checks. One entity, one thread, no I/O.
template <class Machine>
class replay {
public:
  /// The machine before its first event.
  explicit replay(std::int64_t id) : id_(id), machine_(id) {}
  /// The machine as it is known already; only later events are fed.
  replay(std::int64_t id, Machine known) : id_(id), machine_(std::move(known)) {}

  /// Starts from a snapshot instead; before any events. If it cannot be used the machine stays as new, and
  /// wants all events from the first one on.
  std::optional<unusable_snapshot> start_from(const snapshot_row& row) {
    assert(machine_.version() == 0);
    auto snapshot = decode_snapshot<Machine>(row);
    if (!snapshot)
      return snapshot.error();
    machine_ = Machine::restore(id_, *snapshot);
    return std::nullopt;
  }

  /// Applies the next events. After a failure nothing more is applied, and every call tells the same failure.
  std::optional<corrupt_history> feed(std::span<const stored_event> events) {
    for (const auto& event : events) {
      if (!corrupt_)
        feed_one(event);
      if (corrupt_)
        return corrupt_;
    }
    return corrupt_;
  }

  version_number version() const { return machine_.version(); }
  const Machine& machine() const { return machine_; }
  /// The machine, to go on with; the replay is of no use afterwards.
  Machine take() && { return std::move(machine_); }

private:
  void feed_one(const stored_event& row) {
    const entity_ref self{kind_of<Machine>(), id_};
    const auto expected = machine_.version() + 1;
    if (row.entity != self) {
      corrupt_ = {self, row.version, "an event of another entity: " + std::to_string(row.entity.id)};
    } else if (row.version != expected) {
      corrupt_ = {self, row.version, "version " + std::to_string(expected) + " was expected"};
    } else if (auto event = decode_event<typename Machine::event>(row.row.type, row.row.data); !event) {
      const bool unknown = event.error().reason == unreadable_event::why::unknown_type;
      corrupt_ = {self, row.version,
                  unknown ? "unknown type " + row.row.type
                          : "malformed " + row.row.type + " at byte " + std::to_string(event.error().offset)};
    } else {
      machine_.apply(*event);
      assert(machine_.version() == expected);
    }
  }

  std::int64_t id_;
  Machine machine_;
  std::optional<corrupt_history> corrupt_;
};

/// Why an entity could not be loaded. After an unusable snapshot: load again with `snapshots::ignored`.
using load_failure = std::variant<database_failure, unusable_snapshot, corrupt_history>;

/// The events that were fed, those of a snapshot left out.
struct replayed_size {
  std::int64_t events = 0;
  std::size_t bytes = 0;
  /// What the snapshot's state takes in memory; 0: there was none.
  std::size_t snapshot_memory = 0;
};

/// What journal_reader::load wants: replays right on the reader's thread and hands the machine over.
/// `finished` is called once, there; it must not throw.
template <class Machine>
class machine_loader final : public history_consumer {
public:
  using result = outcome<Machine, load_failure>;

  machine_loader(std::int64_t id, std::function<void(result, replayed_size)> finished)
      : replay_(id), finished_(std::move(finished)) {}
  /// Goes on from a machine that is known already (load_options::after its version).
  machine_loader(std::int64_t id, Machine known, std::function<void(result, replayed_size)> finished)
      : replay_(id, std::move(known)), finished_(std::move(finished)) {}

  void snapshot(const snapshot_row& row) override {
    unusable_ = replay_.start_from(row);
    if (!unusable_)
      fed_.snapshot_memory = replay_.machine().memory_bytes();
  }

  void events(std::span<const stored_event> page) override {
    fed_.events += static_cast<std::int64_t>(page.size());
    for (const auto& each : page)
      fed_.bytes += each.row.data.size();
    if (!unusable_)
      corrupt_ = replay_.feed(page);
  }

  void loaded(version_number version) override {
    if (unusable_)
      finished_(load_failure(*unusable_), fed_);
    else if (corrupt_)
      finished_(load_failure(*corrupt_), fed_);
    else if (version != replay_.version())
      finished_(load_failure(corrupt_history{{}, version, "the last event was not delivered"}), fed_);
    else
      finished_(std::move(replay_).take(), fed_);
  }

  void failed(database_failure reason) override { finished_(load_failure(reason), fed_); }

private:
  replay<Machine> replay_;
  std::function<void(result, replayed_size)> finished_;
  std::optional<unusable_snapshot> unusable_;
  std::optional<corrupt_history> corrupt_;
  replayed_size fed_;
};

} // namespace frontrow::persistence
