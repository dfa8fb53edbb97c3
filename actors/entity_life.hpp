#pragma once

#include <algorithm>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "actors/local_messages.hpp"
#include "actors/messages.hpp"
#include "actors/shell.hpp"
#include "persistence/event_codec.hpp"
#include "persistence/replay.hpp"
#include "persistence/snapshot_codec.hpp"

namespace frontrow::actors {

/// Machines some of whose state anybody may read without asking, as of what is durable: a copy of it hangs at home.
template <class Machine>
concept has_board = requires(const Machine& machine) { machine.book(); };

/// What a life does after its history could not be replayed.
inline load_failed next_after(const persistence::load_failure& why) {
  const auto snapshot = std::holds_alternative<persistence::unusable_snapshot>(why);
  return {snapshot ? load_failed::then::replay_all : load_failed::then::give_up};
}

/// One life of one entity, from the first read of its history to its end: a shell around the machine, and the
/// shell's port. It knows neither actors nor threads; the same code runs in entity_actor and in the simulation.
///
/// It loads its history first and keeps what comes meanwhile. Without an epoch it loads ahead of a move, and awaits
/// `take_over`; then it reads what was written since. Its last word to its shard is `life_over`.
///
/// `Home` is the world outside. Whatever it tells later comes through `receive` and `loaded`, one call at a time:
///   instant now()                          by the database's clock
///   bool trusted()                         false: the node's lease is over, only what may be late is answered
///   bool takes_writes()                    as in `shell`
///   void answer(return_address, message)
///   auto when_loaded()                     what a machine_loader<Machine> wants to call, from any thread: it comes
///                                          back as `loaded` or `load_failed`
///   bool load(consumer, load_options)      false: not taken on, too much waits
///   void open(epoch, version)              opens the write side after that version; `became_durable` and
///                                          `append_failed` come back
///   void append(first, rows, wake_up)      in order
///   void store(snapshot_row)
///   bool postpone_long_work()              true: this thread must not be held up; `take_your_time` comes in another
///   void ask_effect(effect, trace)         its answer comes home as a command, if this life lives by then
///   void tell_shard(news)                  in order: wake_request, stays, loaded_ahead, began, life_over
///   void put_up_board(book), tell_board(event), take_sights()    of machines that have one: what is durable of them,
///                                          and who looked at it since; `is_over` takes it down
///   void recorded(event), refused(refusal), is_now(machine), is_over()      for the counters
///   milliseconds effect_retry(), waiting_patience()                         as in `shell`
///   int64 snapshot_min_events()            fewer are never worth a snapshot
///
/// Not thread-safe.
template <class Machine, class Home>
class entity_life {
public:
  using caller = cluster::return_address;
  using answer = caf::message;
  using running_shell = shell<Machine, entity_life>;

  /// `epoch` 0: ahead of a move. `mailbox` counts what the shard has forwarded; what is kept stays counted.
  entity_life(Home& home, persistence::entity_address address, cluster::epoch_number epoch, mailbox_gauge mailbox)
      : home_(home), address_(address), epoch_(epoch), mailbox_(std::move(mailbox)), reading_ahead_(epoch == 0) {}
  entity_life(const entity_life&) = delete;
  entity_life& operator=(const entity_life&) = delete;

  /// Once, before anything else.
  void begin() { load(persistence::snapshots::used); }

  void receive(const cluster::envelope& letter);
  void receive(became_durable news);
  void receive(append_failed failure);
  void receive(load_failed failure);
  void receive(due);
  void receive(look_at_board);
  void receive(take_your_time);
  void receive(passivate);
  void receive(take_over now_ours);
  void receive(hand_over asked) { leave(asked.leaving); }
  void loaded(const std::shared_ptr<Machine>& machine, persistence::replayed_size size);

  /// Null unless it takes commands.
  const running_shell* living() const { return phase_ == phase::living ? &*shell_ : nullptr; }

private:
  friend running_shell;
  enum class phase : std::uint8_t { loading, ahead, living, leaving, over };

  // ---- the shell's port
  domain::instant now() { return home_.now(); }
  bool takes_writes() { return home_.trusted() && home_.takes_writes(); }
  template <class Value>
  answer answer_with(Value&& value) {
    return caf::make_message(std::forward<Value>(value));
  }
  void deliver(const caller& to, const answer& what) { home_.answer(to, what); }
  void unavailable(const caller& to);
  template <class Events>
  void append(domain::event_number first, const Events& events, const std::string& trace);
  template <class Effect>
  void perform(const Effect& effect, const std::string& trace) {
    home_.ask_effect(effect, trace);
  }
  void wake_at(std::optional<domain::instant> at) { home_.tell_shard(wake_request{address_.entity, at}); }
  void recorded(const typename Machine::event& event) { home_.recorded(event); }
  void refused(domain::refusal reason) { home_.refused(reason); }
  domain::milliseconds effect_retry() { return home_.effect_retry(); }
  domain::milliseconds waiting_patience() { return home_.waiting_patience(); }

  void load(persistence::snapshots use);
  void live(Machine& from);
  void handle(const cluster::envelope& letter);
  template <class... Commands>
  bool try_each(access kind, const cluster::envelope& letter, type_list<Commands...>) {
    return (try_one<Commands>(kind, letter) || ...);
  }
  template <class Command>
  bool try_one(access kind, const cluster::envelope& letter);
  entity_status status() const;
  void store_snapshot_if_due();
  bool hear_of_sights();
  void tell_board(domain::event_number durable);
  void leave(hand_over::how leaving);
  void end(life_over::why reason);

  Home& home_;
  persistence::entity_address address_;
  cluster::epoch_number epoch_;
  mailbox_gauge mailbox_;
  phase phase_ = phase::loading;
  std::deque<cluster::envelope> kept_;  // while loading; bounded by the shard through the gauge
  std::shared_ptr<Machine> ahead_;      // known already when the shard is taken over
  bool reading_ahead_;                  // what is being read may not be all: another node still writes
  bool parting_ = false;                // whoever waits shall ask the shard's new owner
  std::optional<running_shell> shell_;
  std::deque<typename Machine::event> untold_; // not durable yet; of machines that have a board
  std::size_t snapshot_memory_ = 0; // what the state took when it was stored last; 0: never
  std::size_t bytes_since_snapshot_ = 0;
  std::int64_t events_since_snapshot_ = 0;
};

// ---- loading

template <class Machine, class Home>
void entity_life<Machine, Home>::load(persistence::snapshots use) {
  using loader = persistence::machine_loader<Machine>;
  persistence::load_options options{use};
  std::shared_ptr<loader> consumer;
  if (ahead_) {
    options.after = ahead_->version();
    consumer = std::make_shared<loader>(address_.entity.id, std::move(*std::exchange(ahead_, nullptr)),
                                        home_.when_loaded());
  } else {
    consumer = std::make_shared<loader>(address_.entity.id, home_.when_loaded());
  }
  if (!home_.load(std::move(consumer), options))
    end(life_over::why::failed);
}

template <class Machine, class Home>
void entity_life<Machine, Home>::loaded(const std::shared_ptr<Machine>& machine,
                                        persistence::replayed_size size) {
  if (phase_ != phase::loading)
    return;
  if (size.snapshot_memory > 0)
    snapshot_memory_ = size.snapshot_memory;
  bytes_since_snapshot_ += size.bytes;
  events_since_snapshot_ += size.events;
  if (epoch_ != 0 && !reading_ahead_)
    return live(*machine);
  reading_ahead_ = false;
  ahead_ = machine;
  if (epoch_ != 0)
    return load(persistence::snapshots::used); // taken over meanwhile: the tail
  phase_ = phase::ahead;
  home_.tell_shard(loaded_ahead{address_.entity});
}

template <class Machine, class Home>
void entity_life<Machine, Home>::receive(load_failed failure) {
  if (phase_ != phase::loading)
    return;
  if (failure.next == load_failed::then::replay_all)
    load(persistence::snapshots::ignored);
  else
    end(life_over::why::failed);
}

template <class Machine, class Home>
void entity_life<Machine, Home>::receive(take_over now_ours) {
  epoch_ = now_ours.epoch;
  if (phase_ == phase::ahead) {
    phase_ = phase::loading;
    load(persistence::snapshots::used);
  }
}

// ---- living

template <class Machine, class Home>
void entity_life<Machine, Home>::live(Machine& from) {
  phase_ = phase::living;
  home_.open(epoch_, from.version());
  if constexpr (has_board<Machine>)
    home_.put_up_board(from.book());
  shell_.emplace(std::move(from), *this);
  home_.tell_shard(began{address_.entity});
  home_.is_now(shell_->machine());
  for (auto kept = std::exchange(kept_, {}); const auto& letter : kept)
    receive(letter);
  store_snapshot_if_due();
}

template <class Machine, class Home>
void entity_life<Machine, Home>::receive(const cluster::envelope& letter) {
  if (letter.payload.match_elements<read_status>())
    return home_.answer(letter.from, caf::make_message(status()));
  if (phase_ == phase::loading || phase_ == phase::ahead) {
    kept_.push_back(letter);
    return;
  }
  mailbox_->fetch_sub(1, std::memory_order_relaxed);
  if (phase_ == phase::living && (home_.trusted() || may_be_late(letter.payload)))
    handle(letter);
  else
    unavailable(letter.from);
}

template <class Machine, class Home>
void entity_life<Machine, Home>::handle(const cluster::envelope& letter) {
  using commands = commands_of<Machine>;
  hear_of_sights();
  const auto understood = try_each(access::read, letter, typename commands::reads{}) ||
                          try_each(access::write, letter, typename commands::writes{});
  if (understood) {
    store_snapshot_if_due();
    home_.is_now(shell_->machine());
  } else if (letter.payload.template match_elements<read_state>()) {
    shell_->read(letter.from, [](const Machine& machine) {
      return state_text{machine.version(), persistence::state_json(machine.snapshot())};
    });
  } else {
    // Sent by a node that believes in another interface: it must not wait for an answer.
    unavailable(letter.from);
  }
}

template <class Machine, class Home>
template <class Command>
bool entity_life<Machine, Home>::try_one(access kind, const cluster::envelope& letter) {
  if (!letter.payload.template match_elements<Command>())
    return false;
  shell_->handle(kind, letter.from, letter.trace, letter.payload.template get_as<Command>(0));
  return true;
}

template <class Machine, class Home>
void entity_life<Machine, Home>::receive(became_durable news) {
  if (phase_ != phase::living && phase_ != phase::leaving)
    return;
  tell_board(news.version); // before anybody is told: who knows of it may look at once
  shell_->durable(news.version);
  home_.is_now(shell_->machine());
  if (phase_ == phase::leaving)
    leave(hand_over::how::when_durable);
}

template <class Machine, class Home>
void entity_life<Machine, Home>::receive(due) {
  if (phase_ != phase::living)
    return;
  hear_of_sights();
  shell_->woken();
  store_snapshot_if_due();
}

template <class Machine, class Home>
void entity_life<Machine, Home>::receive(look_at_board) {
  if (phase_ == phase::living)
    hear_of_sights();
}

template <class Machine, class Home>
void entity_life<Machine, Home>::receive(take_your_time) {
  if (phase_ == phase::living)
    store_snapshot_if_due();
}

template <class Machine, class Home>
bool entity_life<Machine, Home>::hear_of_sights() {
  if constexpr (has_board<Machine>)
    if (const auto seen = home_.take_sights(); !seen.all.empty()) {
      shell_->observe(seen);
      return true;
    }
  return false;
}

template <class Machine, class Home>
void entity_life<Machine, Home>::tell_board(domain::event_number durable) {
  if constexpr (has_board<Machine>)
    for (auto version = shell_->durable_version(); version < durable; ++version) {
      home_.tell_board(untold_.front());
      untold_.pop_front();
    }
}

template <class Machine, class Home>
template <class Events>
void entity_life<Machine, Home>::append(domain::event_number first, const Events& events, const std::string& trace) {
  std::vector<persistence::event_row> rows;
  rows.reserve(events.size());
  for (const auto& each : events) {
    rows.push_back(persistence::row_of(typename Machine::event{each}, trace));
    bytes_since_snapshot_ += rows.back().data.size();
  }
  if constexpr (has_board<Machine>)
    untold_.insert(untold_.end(), events.begin(), events.end());
  events_since_snapshot_ += static_cast<std::int64_t>(rows.size());
  // Machines with deadlines or effects must be awake whenever their shard is.
  const auto at_start = first == 1 && has_deadlines<Machine>;
  home_.append(first, std::move(rows), at_start ? persistence::wake_up::at_start : persistence::wake_up::as_before);
}

/// A snapshot is due when the events since the last one outweigh the state as it was then: so its cost stays a
/// constant share of theirs, however large the state. (Not the state of now: an account grows faster in memory than
/// its events do in the journal, and would never be stored.)
template <class Machine, class Home>
void entity_life<Machine, Home>::store_snapshot_if_due() {
  if (events_since_snapshot_ < home_.snapshot_min_events() || bytes_since_snapshot_ < snapshot_memory_)
    return;
  if (home_.postpone_long_work())
    return;
  const auto& machine = shell_->machine();
  snapshot_memory_ = machine.memory_bytes();
  bytes_since_snapshot_ = 0;
  events_since_snapshot_ = 0;
  home_.store(persistence::encode_snapshot(machine.snapshot()));
}

template <class Machine, class Home>
entity_status entity_life<Machine, Home>::status() const {
  entity_status status;
  status.entity = address_.entity;
  status.shard = address_.shard;
  status.mailbox = mailbox_->load(std::memory_order_relaxed);
  if (shell_) {
    const auto& figures = shell_->figures();
    status.version = shell_->machine().version();
    status.durable_version = shell_->durable_version();
    status.commands = figures.commands;
    status.refusals = figures.refusals;
    status.last_command_at = figures.last_command_at;
    status.memory_bytes = shell_->machine().memory_bytes();
  }
  return status;
}

// ---- the end

/// While the shard leaves, and after another node's fence: its new owner knows better.
template <class Machine, class Home>
void entity_life<Machine, Home>::unavailable(const caller& to) {
  home_.answer(to, parting_ ? caf::make_message(cluster::moved{address_.shard, epoch_})
                            : caf::make_message(actors::unavailable{}));
}

template <class Machine, class Home>
void entity_life<Machine, Home>::receive(append_failed failure) {
  parting_ = parting_ || failure.reason == persistence::append_failure::fenced;
  end(life_over::why::failed);
}

template <class Machine, class Home>
void entity_life<Machine, Home>::receive(passivate) {
  if (phase_ == phase::living && shell_->idle() && !hear_of_sights()) // a board that is looked at is in use
    end(life_over::why::idle);
  else if (phase_ != phase::over)
    home_.tell_shard(stays{address_.entity});
}

template <class Machine, class Home>
void entity_life<Machine, Home>::leave(hand_over::how leaving) {
  if (phase_ == phase::over)
    return;
  parting_ = true;
  const auto settled = !shell_ || shell_->durable_version() == shell_->machine().version();
  if (leaving == hand_over::how::at_once || settled)
    end(life_over::why::idle);
  else
    phase_ = phase::leaving;
}

/// Takes no more commands. The shard keeps what is for the next life and answers `bury`.
template <class Machine, class Home>
void entity_life<Machine, Home>::end(life_over::why reason) {
  if (phase_ == phase::over)
    return;
  phase_ = phase::over;
  if (shell_)
    shell_->die();
  home_.is_over();
  for (auto kept = std::exchange(kept_, {}); const auto& letter : kept)
    receive(letter);
  home_.tell_shard(life_over{address_.entity, reason});
}

} // namespace frontrow::actors
