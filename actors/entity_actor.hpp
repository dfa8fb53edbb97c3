#pragma once

#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <caf/event_based_actor.hpp>
#include <caf/send.hpp>

#include "actors/local_messages.hpp"
#include "actors/node.hpp"
#include "actors/shell.hpp"
#include "persistence/event_codec.hpp"
#include "persistence/replay.hpp"
#include "persistence/snapshot_codec.hpp"

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(std::shared_ptr<frontrow::domain::seat_map>)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(std::shared_ptr<frontrow::domain::account>)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(std::shared_ptr<frontrow::domain::queue>)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(frontrow::persistence::replayed_size)

namespace frontrow::actors {

/// Logs why a history could not be replayed, and says what to do.
load_failed::then tell(domain::entity_ref entity, const persistence::load_failure& why);

/// One life of one entity, as an actor: a shell around the machine, and the shell's port to this node.
/// It loads its history first and keeps what comes meanwhile. Without an epoch it loads ahead of a move, and waits for
/// `take_over`. What it learns of the journal comes as messages, so everything here runs in one thread at a time.
template <class Machine>
class entity_actor final : public caf::event_based_actor {
public:
  using caller = cluster::return_address;
  using answer = caf::message;

  entity_actor(caf::actor_config& config, actors::node& home, persistence::entity_address address,
               cluster::epoch_number epoch, caf::actor shard, mailbox_gauge mailbox)
      : caf::event_based_actor(config), home_(home), address_(address), epoch_(epoch), shard_(std::move(shard)),
        mailbox_(std::move(mailbox)), counters_(home.shared_counters()), reading_ahead_(epoch == 0) {
    counters_->born(address_.entity.kind);
  }
  ~entity_actor() override { counters_->gone(address_.entity.kind); }
  const char* name() const override { return "entity"; }

  caf::behavior make_behavior() override;
  /// The stream's listener holds this actor: let go, or neither would ever leave memory.
  void on_exit() override {
    stream_.reset();
    shell_.reset();
    shard_ = nullptr;
  }

  // ---- the shell's port
  domain::instant now() { return home_.clock().now(); }
  bool takes_writes() { return home_.writer().admits(address_.shard) == persistence::admission::open; }
  template <class Value>
  answer answer_with(Value&& value) {
    return caf::make_message(std::forward<Value>(value));
  }
  void deliver(const caller& to, answer what) { home_.answer(to, what); }
  void unavailable(const caller& to);
  template <class Events>
  void append(domain::event_number first, const Events& events, const std::string& trace);
  template <class Effect>
  void perform(const Effect& effect, const std::string& trace);
  void wake_at(std::optional<domain::instant> at) { send(shard_, wake_request{address_.entity, at}); }
  void recorded(const typename Machine::event& event) { counters_->recorded(event); }
  void refused(domain::refusal reason) { counters_->refused(reason); }
  domain::milliseconds effect_retry() { return home_.limits().effect_retry; }
  domain::milliseconds waiting_patience() { return home_.limits().requests.ask_timeout; }

private:
  class journal_bridge;
  using replayed = std::shared_ptr<Machine>;
  enum class fate : std::uint8_t { kept, done };

  void load(persistence::snapshots use);
  void loaded(const replayed& machine, persistence::replayed_size size);
  void begin(Machine& from);
  fate receive(const cluster::envelope& letter);
  template <class... Commands>
  bool try_each(access kind, const cluster::envelope& letter, type_list<Commands...>);
  template <class Command>
  bool try_one(access kind, const cluster::envelope& letter);
  entity_status status() const;
  state_text state() const;
  void store_snapshot_if_due();
  void note_figures();
  void hand_over_now(hand_over::how leaving);
  void end_life(life_over::why reason);

  enum class phase { loading, ahead, living, leaving, over };

  actors::node& home_;
  persistence::entity_address address_;
  cluster::epoch_number epoch_;
  caf::actor shard_;
  mailbox_gauge mailbox_;
  std::shared_ptr<class counters> counters_; // outlives the node
  phase phase_ = phase::loading;
  std::deque<cluster::envelope> kept_; // while loading; bounded by the shard through the gauge
  replayed ahead_;                     // known already when the shard is taken over
  bool reading_ahead_;                 // what is being read may not be all: another node still writes
  bool parting_ = false;               // whoever waits shall ask the shard's new owner
  std::optional<shell<Machine, entity_actor>> shell_;
  std::optional<persistence::append_stream> stream_;
  std::size_t bytes_since_snapshot_ = 0;
  std::int64_t events_since_snapshot_ = 0;
};

// ---- the journal's threads speak to the actor through these two

template <class Machine>
class entity_actor<Machine>::journal_bridge final : public persistence::append_listener {
public:
  explicit journal_bridge(caf::actor to) : to_(std::move(to)) {}
  void durable(domain::entity_ref, persistence::version_number through) override {
    caf::anon_send(to_, became_durable{through});
  }
  void failed(domain::entity_ref, persistence::append_failure reason) override {
    caf::anon_send(to_, append_failed{reason});
  }

private:
  caf::actor to_;
};

// ---- life

template <class Machine>
caf::behavior entity_actor<Machine>::make_behavior() {
  load(persistence::snapshots::used);
  return {
      [this](const cluster::envelope& letter) {
        if (receive(letter) == fate::done && !letter.payload.template match_elements<read_status>())
          mailbox_->fetch_sub(1, std::memory_order_relaxed);
      },
      [this](became_durable news) {
        if (phase_ != phase::living && phase_ != phase::leaving)
          return;
        shell_->durable(news.version);
        note_figures();
        if (phase_ == phase::leaving)
          hand_over_now(hand_over::how::when_durable);
      },
      [this](due) {
        if (phase_ == phase::living) {
          shell_->woken();
          store_snapshot_if_due();
        }
      },
      [this](const replayed& machine, persistence::replayed_size size) {
        if (phase_ == phase::loading)
          loaded(machine, size);
      },
      [this](append_failed failure) {
        parting_ = parting_ || failure.reason == persistence::append_failure::fenced;
        end_life(life_over::why::failed);
      },
      [this](load_failed failure) {
        if (failure.next == load_failed::then::replay_all)
          load(persistence::snapshots::ignored);
        else
          end_life(life_over::why::failed);
      },
      [this](passivate) {
        if (phase_ == phase::living && shell_->idle())
          end_life(life_over::why::idle);
        else if (phase_ != phase::over)
          send(shard_, stays{address_.entity});
      },
      [this](take_over now_ours) {
        epoch_ = now_ours.epoch;
        if (phase_ == phase::ahead) {
          phase_ = phase::loading;
          load(persistence::snapshots::used);
        }
      },
      [this](hand_over asked) { hand_over_now(asked.leaving); },
      [this](bury) { quit(); },
  };
}

template <class Machine>
void entity_actor<Machine>::load(persistence::snapshots use) {
  const auto self = caf::actor_cast<caf::actor>(this);
  using loader = persistence::machine_loader<Machine>;
  auto finished = [self, entity = address_.entity](typename loader::result loaded, persistence::replayed_size size) {
    if (loaded)
      caf::anon_send(self, std::make_shared<Machine>(std::move(*loaded)), size);
    else
      caf::anon_send(self, load_failed{tell(entity, loaded.error())});
  };
  persistence::load_options options{use};
  std::shared_ptr<loader> consumer;
  if (ahead_) {
    options.after = ahead_->version();
    consumer = std::make_shared<loader>(address_.entity.id, std::move(*std::exchange(ahead_, nullptr)), std::move(finished));
  } else {
    consumer = std::make_shared<loader>(address_.entity.id, std::move(finished));
  }
  if (home_.reader().load(address_, std::move(consumer), options))
    end_life(life_over::why::failed); // too many reads wait, or the node stops
}

template <class Machine>
void entity_actor<Machine>::loaded(const replayed& machine, persistence::replayed_size size) {
  bytes_since_snapshot_ += size.bytes;
  events_since_snapshot_ += size.events;
  if (epoch_ != 0 && !reading_ahead_)
    return begin(*machine);
  reading_ahead_ = false;
  ahead_ = machine;
  if (epoch_ != 0)
    return load(persistence::snapshots::used); // taken over meanwhile: the tail
  phase_ = phase::ahead;
  send(shard_, loaded_ahead{address_.entity});
}

template <class Machine>
void entity_actor<Machine>::begin(Machine& from) {
  phase_ = phase::living;
  stream_ = home_.writer().open(address_, epoch_, from.version(),
                                std::make_shared<journal_bridge>(caf::actor_cast<caf::actor>(this)));
  shell_.emplace(std::move(from), *this);
  send(shard_, began{address_.entity});
  note_figures();
  for (auto kept = std::exchange(kept_, {}); const auto& letter : kept) {
    mailbox_->fetch_sub(1, std::memory_order_relaxed);
    receive(letter);
  }
  store_snapshot_if_due();
}

template <class Machine>
typename entity_actor<Machine>::fate entity_actor<Machine>::receive(const cluster::envelope& letter) {
  if (letter.payload.match_elements<read_status>()) {
    home_.answer(letter.from, caf::make_message(status()));
    return fate::done;
  }
  if (phase_ == phase::loading || phase_ == phase::ahead) {
    kept_.push_back(letter);
    return fate::kept;
  }
  if (phase_ != phase::living || !(home_.trusted() || may_be_late(letter.payload))) {
    unavailable(letter.from);
    return fate::done;
  }
  using commands = commands_of<Machine>;
  const auto understood = try_each(access::read, letter, typename commands::reads{}) ||
                          try_each(access::write, letter, typename commands::writes{});
  if (understood) {
    store_snapshot_if_due();
    note_figures();
  } else if (letter.payload.match_elements<read_state>()) {
    shell_->read(letter.from, [this](const Machine&) { return state(); });
  } else {
    // Sent by a node that believes in another interface: it must not wait for an answer.
    unavailable(letter.from);
  }
  return fate::done;
}

/// While the shard leaves, and after another node's fence: its new owner knows better.
template <class Machine>
void entity_actor<Machine>::unavailable(const caller& to) {
  home_.answer(to, parting_ ? caf::make_message(cluster::moved{address_.shard, epoch_})
                            : caf::make_message(actors::unavailable{}));
}

template <class Machine>
template <class... Commands>
bool entity_actor<Machine>::try_each(access kind, const cluster::envelope& letter, type_list<Commands...>) {
  return (try_one<Commands>(kind, letter) || ...);
}

template <class Machine>
template <class Command>
bool entity_actor<Machine>::try_one(access kind, const cluster::envelope& letter) {
  if (!letter.payload.template match_elements<Command>())
    return false;
  shell_->handle(kind, letter.from, letter.trace, letter.payload.template get_as<Command>(0));
  return true;
}

template <class Machine>
template <class Events>
void entity_actor<Machine>::append(domain::event_number first, const Events& events, const std::string& trace) {
  std::vector<persistence::event_row> rows;
  rows.reserve(events.size());
  for (const auto& each : events) {
    rows.push_back(persistence::row_of(typename Machine::event{each}, trace));
    bytes_since_snapshot_ += rows.back().data.size();
  }
  events_since_snapshot_ += static_cast<std::int64_t>(rows.size());
  // Machines with deadlines or effects must be awake whenever their shard is.
  const auto at_start = first == 1 && has_deadlines<Machine>;
  stream_->submit(first, std::move(rows),
                  at_start ? persistence::wake_up::at_start : persistence::wake_up::as_before);
}

/// An effect is a question of this actor's; its answer comes home as a command, if this life lives by then.
/// Otherwise the next one sends the effect again.
template <class Machine>
template <class Effect>
void entity_actor<Machine>::perform(const Effect& effect, const std::string& trace) {
  home_.ask_effect(address_.entity, effect.id, effect.to,
                   std::visit([](const auto& command) { return caf::make_message(command); }, effect.command), trace);
}

/// A snapshot is due when the events since the last one outweigh the state: so its cost stays a constant share of
/// theirs, however large the state.
template <class Machine>
void entity_actor<Machine>::store_snapshot_if_due() {
  const auto& machine = shell_->machine();
  if (events_since_snapshot_ < home_.limits().snapshot_min_events || bytes_since_snapshot_ < machine.memory_bytes())
    return;
  bytes_since_snapshot_ = 0;
  events_since_snapshot_ = 0;
  stream_->store(persistence::encode_snapshot(machine.snapshot()));
}

template <class Machine>
void entity_actor<Machine>::note_figures() {
  if constexpr (std::is_same_v<Machine, domain::queue>)
    counters_->queue_is(address_.entity.id, {shell_->machine().waiting(), shell_->machine().active()});
}

template <class Machine>
entity_status entity_actor<Machine>::status() const {
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

template <class Machine>
state_text entity_actor<Machine>::state() const {
  const auto& machine = shell_->machine();
  return {machine.version(), persistence::state_json(machine.snapshot())};
}

template <class Machine>
void entity_actor<Machine>::hand_over_now(hand_over::how leaving) {
  if (phase_ == phase::over)
    return;
  parting_ = true;
  const auto settled = !shell_ || shell_->durable_version() == shell_->machine().version();
  if (leaving == hand_over::how::at_once || settled)
    end_life(life_over::why::idle);
  else
    phase_ = phase::leaving;
}

/// Takes no more commands. The shard keeps what is for the next life and answers `bury`.
template <class Machine>
void entity_actor<Machine>::end_life(life_over::why reason) {
  if (phase_ == phase::over)
    return;
  phase_ = phase::over;
  if (shell_)
    shell_->die();
  if constexpr (std::is_same_v<Machine, domain::queue>)
    counters_->queue_is(address_.entity.id, {}); // another node may count it from now on
  for (const auto& letter : kept_)
    unavailable(letter.from);
  kept_.clear();
  send(shard_, life_over{address_.entity, reason});
}

} // namespace frontrow::actors
