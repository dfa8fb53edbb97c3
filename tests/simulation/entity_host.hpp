#pragma once

#include "actors/local_messages.hpp"
#include "actors/messages.hpp"
#include "actors/shell.hpp"
#include "persistence/event_codec.hpp"
#include "persistence/replay.hpp"
#include "persistence/snapshot_codec.hpp"
#include "tests/simulation/node.hpp"
#include "tests/simulation/shard_host.hpp"
#include "tests/simulation/world.hpp"

#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace frontrow::simulation {

/// What actors/entity_actor does, step by step, around the same shell: its phases and its port.
template <class Machine>
class entity_host final : public entity_life, public std::enable_shared_from_this<entity_host<Machine>> {
public:
  using caller = cluster::return_address;
  using answer = caf::message;
  using then = actors::load_failed::then;

  entity_host(node& home, persistence::entity_address address, cluster::epoch_number epoch,
              std::weak_ptr<shard_host> shard)
      : home_(home), address_(address), epoch_(epoch), shard_(std::move(shard)), reading_ahead_(epoch == 0) {}

  void begin() override { load(persistence::snapshots::used); }

  void letter(const cluster::envelope& letter) override {
    if (!gone_)
      receive(letter);
  }
  void became_durable(std::int64_t version) override {
    if (gone_ || (phase_ != phase::living && phase_ != phase::leaving))
      return;
    shell_->durable(version);
    if (phase_ == phase::leaving)
      hand_over_now(actors::hand_over::how::when_durable);
  }
  void append_failed(persistence::append_failure reason) override {
    if (gone_)
      return;
    parting_ = parting_ || reason == persistence::append_failure::fenced;
    end_life(actors::life_over::why::failed);
  }
  void due() override {
    if (gone_ || phase_ != phase::living)
      return;
    shell_->woken();
    store_snapshot_if_due();
  }
  void passivate() override {
    if (gone_)
      return;
    if (phase_ == phase::living && shell_->idle())
      end_life(actors::life_over::why::idle);
    else if (phase_ != phase::over)
      tell_shard([entity = address_.entity](shard_host& shard) { shard.stays(entity); });
  }
  void take_over(cluster::epoch_number epoch) override {
    if (gone_)
      return;
    epoch_ = epoch;
    if (phase_ == phase::ahead && home_.around().has(flaw::tail_not_read))
      return start(*std::exchange(ahead_, nullptr));
    if (phase_ == phase::ahead) {
      phase_ = phase::loading;
      load(persistence::snapshots::used);
    }
  }
  void hand_over(actors::hand_over::how leaving) override {
    if (!gone_)
      hand_over_now(leaving);
  }
  void bury() override {
    gone_ = true;
    shell_.reset();
    stream_.reset();
  }
  std::optional<living_state> state() const override {
    if (phase_ != phase::living || gone_)
      return std::nullopt;
    const auto& machine = shell_->machine();
    return living_state{machine.version(), shell_->durable_version(),
                        persistence::encode_snapshot(machine.snapshot()).data};
  }

  // ---- the shell's port
  domain::instant now() { return home_.database_time(); }
  bool takes_writes() { return home_.takes_writes(address_.shard); }
  template <class Value>
  answer answer_with(Value&& value) {
    return caf::make_message(std::forward<Value>(value));
  }
  void deliver(const caller& to, answer what) { home_.answer(to, what); }
  void unavailable(const caller& to) {
    home_.answer(to, parting_ ? caf::make_message(cluster::moved{address_.shard, epoch_})
                              : caf::make_message(actors::unavailable{}));
  }
  template <class Events>
  void append(domain::event_number first, const Events& events, const std::string& trace) {
    std::vector<persistence::event_row> rows;
    for (const auto& each : events)
      rows.push_back(persistence::row_of(typename Machine::event{each}, trace));
    events_since_snapshot_ += static_cast<std::int64_t>(rows.size());
    const auto at_start = first == 1 && actors::has_deadlines<Machine>;
    const auto last = first + static_cast<std::int64_t>(rows.size()) - 1;
    home_.submit(stream_, first, std::move(rows),
                 at_start ? persistence::wake_up::at_start : persistence::wake_up::as_before);
    if (home_.around().has(flaw::reply_before_commit))
      home_.post(stream_->news, [self = this->shared_from_this(), last] { self->became_durable(last); });
    if constexpr (actors::owes_effects<Machine>)
      if (home_.around().has(flaw::effect_before_durable))
        for (const auto& [id, effect] : shell_->machine().effects())
          if (id >= first)
            perform(effect, trace);
  }
  template <class Effect>
  void perform(const Effect& effect, const std::string& trace) {
    if (home_.around().has(flaw::effects_not_resent) && effect.id <= version_at_birth_)
      return;
    home_.ask_effect(
        address_.entity, effect.id, effect.to,
        std::visit([](const auto& command) { return caf::make_message(command); }, effect.command), trace);
  }
  void wake_at(std::optional<domain::instant> at) {
    if (home_.around().has(flaw::tick_lost_after_move) && came_with_shard_)
      return;
    tell_shard([entity = address_.entity, at](shard_host& shard) { shard.plan(entity, at); });
  }
  void recorded(const typename Machine::event&) {}
  void refused(domain::refusal) {}
  domain::milliseconds effect_retry() { return home_.around().settings().effect_retry; }
  domain::milliseconds waiting_patience() { return home_.around().settings().requests.ask_timeout; }

private:
  enum class phase : std::uint8_t { loading, ahead, living, leaving, over };

  template <class Tell>
  void tell_shard(Tell tell) {
    home_.post(to_shard_, [to = shard_, tell] {
      if (const auto shard = to.lock())
        tell(*shard);
    });
  }

  void load(persistence::snapshots use) {
    using loader = persistence::machine_loader<Machine>;
    auto finished = [self = this->shared_from_this()](typename loader::result loaded,
                                                      persistence::replayed_size size) {
      if (loaded)
        self->loaded(std::make_shared<Machine>(std::move(*loaded)), size);
      else
        self->load_failed(loaded.error());
    };
    std::shared_ptr<persistence::history_consumer> consumer;
    std::int64_t after = 0;
    if (ahead_) {
      after = ahead_->version();
      consumer =
          std::make_shared<loader>(address_.entity.id, std::move(*std::exchange(ahead_, nullptr)), finished);
    } else {
      consumer = std::make_shared<loader>(address_.entity.id, finished);
    }
    home_.load(address_.entity, std::move(consumer), after, use);
  }

  void load_failed(const persistence::load_failure& why) {
    if (gone_)
      return;
    if (std::holds_alternative<persistence::corrupt_history>(why))
      home_.around().watching().violated("history replays", std::get<persistence::corrupt_history>(why).what);
    if (std::holds_alternative<persistence::unusable_snapshot>(why))
      load(persistence::snapshots::ignored);
    else
      end_life(actors::life_over::why::failed);
  }

  void loaded(const std::shared_ptr<Machine>& machine, persistence::replayed_size size) {
    if (gone_ || phase_ != phase::loading)
      return;
    events_since_snapshot_ += size.events;
    came_with_shard_ = came_with_shard_ || reading_ahead_;
    if (epoch_ != 0 && (!reading_ahead_ || home_.around().has(flaw::tail_not_read)))
      return start(*machine);
    reading_ahead_ = false;
    ahead_ = machine;
    if (epoch_ != 0)
      return load(persistence::snapshots::used);
    phase_ = phase::ahead;
    tell_shard([entity = address_.entity](shard_host& shard) { shard.one_is_ahead(entity); });
  }

  void start(Machine& from) {
    phase_ = phase::living;
    version_at_birth_ = from.version();
    stream_ = std::make_shared<stream>();
    stream_->address = address_;
    stream_->epoch = epoch_;
    stream_->submitted = stream_->durable = from.version();
    stream_->listener = this->weak_from_this();
    shell_.emplace(std::move(from), *this);
    tell_shard([entity = address_.entity](shard_host& shard) { shard.began(entity); });
    auto kept = std::exchange(kept_, {});
    if (home_.around().has(flaw::kept_letters_lost))
      kept.clear();
    for (const auto& letter : kept)
      receive(letter);
    store_snapshot_if_due();
  }

  void receive(const cluster::envelope& letter) {
    if (phase_ == phase::loading || phase_ == phase::ahead) {
      kept_.push_back(letter);
      return;
    }
    if (phase_ != phase::living || !home_.trusted())
      return unavailable(letter.from);
    using commands = actors::commands_of<Machine>;
    if (try_each(actors::access::read, letter, typename commands::reads{}) ||
        try_each(actors::access::write, letter, typename commands::writes{}))
      store_snapshot_if_due();
    else
      unavailable(letter.from);
  }

  template <class... Commands>
  bool try_each(actors::access kind, const cluster::envelope& letter, actors::type_list<Commands...>) {
    return (try_one<Commands>(kind, letter) || ...);
  }
  template <class Command>
  bool try_one(actors::access kind, const cluster::envelope& letter) {
    if (!letter.payload.template match_elements<Command>())
      return false;
    shell_->handle(kind, letter.from, letter.trace, letter.payload.template get_as<Command>(0));
    return true;
  }

  void store_snapshot_if_due() {
    if (events_since_snapshot_ < home_.around().settings().snapshot_min_events)
      return;
    events_since_snapshot_ = 0;
    home_.store(stream_, persistence::encode_snapshot(shell_->machine().snapshot()));
  }

  void hand_over_now(actors::hand_over::how leaving) {
    if (phase_ == phase::over)
      return;
    parting_ = true;
    const auto settled = !shell_ || shell_->durable_version() == shell_->machine().version();
    if (leaving == actors::hand_over::how::at_once || settled)
      end_life(actors::life_over::why::idle);
    else
      phase_ = phase::leaving;
  }

  void end_life(actors::life_over::why reason) {
    if (phase_ == phase::over)
      return;
    phase_ = phase::over;
    if (shell_)
      shell_->die();
    for (const auto& letter : kept_)
      unavailable(letter.from);
    kept_.clear();
    tell_shard([entity = address_.entity, reason](shard_host& shard) { shard.end_of(entity, reason); });
  }

  node& home_;
  persistence::entity_address address_;
  cluster::epoch_number epoch_;
  std::weak_ptr<shard_host> shard_;
  channel to_shard_;
  phase phase_ = phase::loading;
  bool gone_ = false;
  std::deque<cluster::envelope> kept_;
  std::shared_ptr<Machine> ahead_;
  bool reading_ahead_;
  bool parting_ = false;
  bool came_with_shard_ = false;
  std::int64_t version_at_birth_ = 0;
  std::optional<actors::shell<Machine, entity_host>> shell_;
  std::shared_ptr<stream> stream_;
  std::int64_t events_since_snapshot_ = 0;
};

} // namespace frontrow::simulation
