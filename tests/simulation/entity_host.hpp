#pragma once

#include "actors/entity_life.hpp"
#include "actors/place_board.hpp"
#include "tests/simulation/node.hpp"
#include "tests/simulation/shard_host.hpp"
#include "tests/simulation/world.hpp"

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace frontrow::simulation {

/// The program's entity_life at home in a simulated node: what it tells the journal, its shard and the others goes
/// through there. The deliberate faults are here, in what is done with its words.
template <class Machine>
class entity_host final : public living_entity, public std::enable_shared_from_this<entity_host<Machine>> {
public:
  entity_host(node& home, persistence::entity_address address, cluster::epoch_number epoch,
              actors::mailbox_gauge mailbox, std::weak_ptr<shard_host> shard)
      : home_(home), address_(address), shard_(std::move(shard)), came_with_shard_(epoch == 0),
        life_(std::in_place, *this, address, epoch, std::move(mailbox)) {}

  // ---- what the shard and the journal say
  void begin() override { life_->begin(); }
  void receive(const entity_message& message) override {
    if (std::holds_alternative<actors::bury>(message))
      return end();
    if (!life_ || (!has_begun_ && has(flaw::kept_letters_lost) && message.index() == 0))
      return;
    std::visit([this](const auto& each) { tell_life(each); }, message);
  }
  void became_durable(std::int64_t version) override {
    if (life_)
      life_->receive(actors::became_durable{version});
  }
  void append_failed(persistence::append_failure reason) override {
    if (life_)
      life_->receive(actors::append_failed{reason});
  }
  std::optional<living_state> state() const override {
    const auto* living = life_ ? life_->living() : nullptr;
    if (living == nullptr)
      return std::nullopt;
    return living_state{living->machine().version(), living->durable_version(),
                        persistence::encode_snapshot(living->machine().snapshot()).data};
  }

  // ---- the life's home
  domain::instant now() { return home_.database_time(); }
  bool trusted() { return home_.trusted(); }
  bool takes_writes() { return home_.takes_writes(address_.shard); }
  void answer(const cluster::return_address& to, const caf::message& what) { home_.answer(to, what); }
  auto when_loaded() {
    return [self = this->shared_from_this()](typename persistence::machine_loader<Machine>::result loaded,
                                             persistence::replayed_size size) {
      if (loaded)
        self->came(std::make_shared<Machine>(std::move(*loaded)), size);
      else
        self->did_not_come(loaded.error());
    };
  }
  bool load(std::shared_ptr<persistence::history_consumer> consumer, const persistence::load_options& options) {
    if (options.after > 0 && has(flaw::tail_not_read))
      home_.post(to_self_, [consumer, version = options.after] { consumer->loaded(version); });
    else
      home_.load(address_.entity, std::move(consumer), options.after, options.snapshot);
    return true;
  }
  void open(cluster::epoch_number epoch, domain::event_number version) {
    version_at_birth_ = version;
    stream_ = std::make_shared<stream>();
    stream_->address = address_;
    stream_->epoch = epoch;
    stream_->submitted = stream_->durable = version;
    stream_->listener = this->weak_from_this();
  }
  void append(domain::event_number first, std::vector<persistence::event_row> rows, persistence::wake_up wake) {
    const auto last = first + std::ssize(rows) - 1;
    home_.submit(stream_, first, std::move(rows), wake);
    if (has(flaw::reply_before_commit))
      home_.post(stream_->news, [self = this->shared_from_this(), last] { self->became_durable(last); });
    if constexpr (actors::owes_effects<Machine>)
      if (const auto* living = life_->living(); living && has(flaw::effect_before_durable))
        for (const auto& [id, effect] : living->machine().effects())
          if (id >= first)
            ask_effect(effect, {});
    // With every append: those that are due anyway are few in a run.
    if (const auto* living = life_->living(); living && has(flaw::snapshot_before_durable))
      store(persistence::encode_snapshot(living->machine().snapshot()));
  }
  void store(persistence::snapshot_row snapshot) { home_.store(stream_, std::move(snapshot)); }
  template <class Effect>
  void ask_effect(const Effect& effect, const std::string& trace) {
    if (has(flaw::effects_not_resent) && effect.id <= version_at_birth_)
      return;
    home_.ask_effect(
        address_.entity, effect.id, effect.to,
        std::visit([](const auto& command) { return caf::make_message(command); }, effect.command), trace);
  }
  template <class News>
  void tell_shard(const News& news) {
    has_begun_ = has_begun_ || std::is_same_v<News, actors::began>;
    if (std::is_same_v<News, actors::wake_request> && came_with_shard_ && has(flaw::tick_lost_after_move))
      return;
    home_.post(to_shard_, [to = shard_, news] {
      if (const auto shard = to.lock())
        shard->receive(news);
    });
  }
  void recorded(const typename Machine::event& event) {
    if constexpr (actors::has_board<Machine>)
      if (has(flaw::board_before_durable))
        board_->tell(event);
  }
  void refused(domain::refusal) {}
  void is_now(const Machine&) {}
  void put_up_board(const domain::place_book& durable) {
    board_ = std::make_shared<actors::place_board>(durable, [] {}); // a simulated crowd is small
    home_.boards().put_up(address_.entity.id, board_);
  }
  void tell_board(const domain::queue_event& durable) {
    if (!has(flaw::board_before_durable))
      board_->tell(durable);
  }
  domain::places_seen take_sights() { return board_->take_sights(); }
  void is_over() {
    if (board_)
      home_.boards().take_down(address_.entity.id, board_);
  }
  /// Every other time, as in a thread that must not be held up.
  bool postpone_long_work() {
    postpones_ = !postpones_;
    if (postpones_)
      home_.post(to_self_, [self = this->shared_from_this()] {
        if (self->life_)
          self->life_->receive(actors::take_your_time{});
      });
    return postpones_;
  }
  domain::milliseconds effect_retry() { return home_.around().settings().effect_retry; }
  domain::milliseconds waiting_patience() { return home_.around().settings().requests.ask_timeout; }
  std::int64_t snapshot_min_events() { return home_.around().settings().snapshot_min_events; }

private:
  bool has(flaw kind) const { return home_.around().has(kind); }
  template <class Message>
  void tell_life(const Message& message) {
    life_->receive(message);
  }
  void tell_life(actors::bury) {}
  void came(const std::shared_ptr<Machine>& machine, persistence::replayed_size size) {
    if (life_)
      life_->loaded(machine, size);
  }
  void did_not_come(const persistence::load_failure& why) {
    if (const auto* corrupt = std::get_if<persistence::corrupt_history>(&why); corrupt && life_)
      home_.around().watching().violated("history replays", corrupt->what);
    if (life_)
      life_->receive(actors::next_after(why));
  }
  void end() {
    is_over();
    life_.reset();
    stream_.reset();
  }

  node& home_;
  persistence::entity_address address_;
  std::weak_ptr<shard_host> shard_;
  channel to_shard_;
  bool postpones_ = false;
  channel to_self_;
  const bool came_with_shard_;
  bool has_begun_ = false;
  std::int64_t version_at_birth_ = 0;
  std::shared_ptr<stream> stream_;
  std::shared_ptr<actors::place_board> board_; // of a queue
  std::optional<actors::entity_life<Machine, entity_host>> life_;
};

} // namespace frontrow::simulation
