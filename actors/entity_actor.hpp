#pragma once

#include "actors/answer_times.hpp"
#include "actors/entity_life.hpp"
#include "actors/letter_round.hpp"
#include "actors/node.hpp"
#include "actors/place_board.hpp"
#include "actors/woken_actors.hpp"

#include <caf/event_based_actor.hpp>
#include <caf/send.hpp>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(std::shared_ptr<frontrow::domain::seat_map>)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(std::shared_ptr<frontrow::domain::account>)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(std::shared_ptr<frontrow::domain::queue>)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(frontrow::persistence::replayed_size)

namespace frontrow::actors {

/// For the log: why a history could not be replayed.
void log(domain::entity_ref entity, const persistence::load_failure& why);

/// An entity_life as an actor of this node: what it does is there. What the journal, the reader and the shard say
/// comes as messages, so everything here runs in one thread at a time.
template <class Machine>
class entity_actor final : public caf::event_based_actor {
public:
  entity_actor(caf::actor_config& config, actors::node& home, persistence::entity_address address,
               cluster::epoch_number epoch, caf::actor shard, mailbox_gauge mailbox)
      : caf::event_based_actor(config), home_(home), address_(address), shard_(std::move(shard)),
        counters_(home.shared_counters()) {
    counters_->born(address_.entity.kind);
    life_.emplace(*this, address, epoch, std::move(mailbox));
  }
  ~entity_actor() override { counters_->gone(address_.entity.kind); }
  const char* name() const override { return "entity"; }

  caf::behavior make_behavior() override;
  /// The stream's listener holds this actor: let go, or neither would ever leave memory.
  void on_exit() override {
    take_down_board();
    stream_.reset();
    life_.reset();
    shard_ = nullptr;
  }

  // ---- the life's home
  domain::instant now() { return home_.clock().now(); }
  bool trusted() { return home_.trusted(); }
  bool takes_writes() { return home_.writer().admits(address_.shard) == persistence::admission::open; }
  void answer(const cluster::return_address& to, const caf::message& what) {
    if (what.match_elements<unavailable>() || what.match_elements<cluster::moved>())
      sample_.came_to_nothing(to);
    else if (sample_.under_way())
      sample_.answered(to, std::chrono::steady_clock::now(), counters_->answer_times());
    home_.answer(to, what);
  }
  auto when_loaded();
  bool load(std::shared_ptr<persistence::history_consumer> consumer, const persistence::load_options& options) {
    return !home_.reader().load(address_, std::move(consumer), options);
  }
  void open(cluster::epoch_number epoch, domain::event_number version);
  void append(domain::event_number first, std::vector<persistence::event_row> rows, persistence::wake_up wake) {
    stream_->submit(first, std::move(rows), wake);
  }
  void store(persistence::snapshot_row snapshot) { stream_->store(std::move(snapshot)); }
  bool postpone_long_work() { return left_to_worker(take_your_time{}); }
  template <class Effect>
  void ask_effect(const Effect& effect, const std::string& trace) {
    auto command = std::visit([](const auto& each) { return caf::make_message(each); }, effect.command);
    home_.ask_effect(address_.entity, effect.id, effect.to, std::move(command), trace);
  }
  template <class News>
  void tell_shard(const News& news) {
    send(shard_, news);
  }
  void recorded(const typename Machine::event& event) { counters_->recorded(event); }
  void refused(domain::refusal reason) { counters_->refused(reason); }
  void is_now(const Machine& machine) {
    if constexpr (std::is_same_v<Machine, domain::queue>)
      counters_->queue_is(address_.entity.id, {machine.waiting(), machine.active()});
  }
  void put_up_board(const domain::place_book& durable);
  void tell_board(const domain::queue_event& durable) { board_->tell(durable); }
  domain::places_seen take_sights() { return board_->take_sights(); }
  void is_over() {
    take_down_board();
    if constexpr (std::is_same_v<Machine, domain::queue>)
      counters_->queue_is(address_.entity.id, {}); // another node may count it from now on
  }
  domain::milliseconds effect_retry() { return home_.limits().effect_retry; }
  domain::milliseconds waiting_patience() { return home_.limits().requests.ask_timeout; }
  std::int64_t snapshot_min_events() { return home_.limits().snapshot_min_events; }

private:
  class journal_bridge;
  void take_down_board() {
    if (board_)
      home_.boards().take_down(address_.entity.id, board_);
  }
  void take_time(const cluster::envelope& letter);
  /// In a thread that only passes by (woken_actors): true, and a worker is given `content` instead, after what
  /// has come until now.
  template <class... Content>
  bool left_to_worker(const Content&... content) {
    auto* const passing = dynamic_cast<woken_actors*>(context());
    if (passing == nullptr)
      return false;
    passing->leave();
    send(this, content...);
    return true;
  }
  template <class... Commands>
  static bool is_one_of(const caf::message& payload, type_list<Commands...>) {
    return (payload.match_elements<Commands>() || ...);
  }

  actors::node& home_;
  persistence::entity_address address_;
  caf::actor shard_;
  std::shared_ptr<class counters> counters_; // outlives the node
  std::optional<persistence::append_stream> stream_;
  std::shared_ptr<place_board> board_; // of a queue
  std::optional<entity_life<Machine, entity_actor>> life_;
  answer_sample sample_;
};

// ---- the journal's threads, and those that write in passing, speak to the actor through these two

template <class Machine>
class entity_actor<Machine>::journal_bridge final : public persistence::append_listener {
public:
  explicit journal_bridge(caf::actor to) : to_(std::move(to)) {}
  void durable(domain::entity_ref, persistence::version_number through) override {
    auto* const round = letter_round::of_this_thread(); // of a thread that wrote in passing
    caf::actor_cast<caf::strong_actor_ptr>(to_)->enqueue(
        nullptr, caf::make_message_id(), caf::make_message(became_durable{through}),
        round != nullptr ? round->runs_woken(to_.home_system()) : nullptr);
  }
  void failed(domain::entity_ref, persistence::append_failure reason) override {
    caf::anon_send(to_, append_failed{reason});
  }

private:
  caf::actor to_;
};

template <class Machine>
auto entity_actor<Machine>::when_loaded() {
  return [self = caf::actor_cast<caf::actor>(this), entity = address_.entity](
             typename persistence::machine_loader<Machine>::result loaded, persistence::replayed_size size) {
    if (loaded) {
      caf::anon_send(self, std::make_shared<Machine>(std::move(*loaded)), size);
    } else {
      log(entity, loaded.error());
      caf::anon_send(self, next_after(loaded.error()));
    }
  };
}

// ---- messages

template <class Machine>
caf::behavior entity_actor<Machine>::make_behavior() {
  life_->begin();
  return {
      [this](const cluster::envelope& letter) {
        if (letter.payload.match_elements<read_state>() && left_to_worker(letter))
          return;
        take_time(letter);
        life_->receive(letter);
      },
      [this](became_durable news) { life_->receive(news); },
      [this](due rung) { life_->receive(rung); },
      [this](look_at_board called) { life_->receive(called); },
      [this](take_your_time now) { life_->receive(now); },
      [this](const std::shared_ptr<Machine>& machine, persistence::replayed_size size) {
        if (!left_to_worker(machine, size))
          life_->loaded(machine, size);
      },
      [this](append_failed failure) { life_->receive(failure); },
      [this](load_failed failure) { life_->receive(failure); },
      [this](passivate asked) { life_->receive(asked); },
      [this](take_over now_ours) { life_->receive(now_ours); },
      [this](hand_over asked) {
        if (!left_to_worker(asked))
          life_->receive(asked);
      },
      [this](bury) { quit(); },
  };
}

template <class Machine>
void entity_actor<Machine>::take_time(const cluster::envelope& letter) {
  const auto now = std::chrono::steady_clock::now();
  if (letter.from.gateway != 0 && sample_.wanted(now) &&
      is_one_of(letter.payload, typename commands_of<Machine>::writes{}))
    sample_.asked(letter.from, now);
}

template <class Machine>
void entity_actor<Machine>::open(cluster::epoch_number epoch, domain::event_number version) {
  stream_ = home_.writer().open(address_, epoch, version,
                                std::make_shared<journal_bridge>(caf::actor_cast<caf::actor>(this)));
}

template <class Machine>
void entity_actor<Machine>::put_up_board(const domain::place_book& durable) {
  // By its address: a board must not keep its queue alive.
  board_ = std::make_shared<place_board>(durable, [self = caf::actor_addr{this->address()}] {
    if (const auto queue = caf::actor_cast<caf::actor>(self))
      caf::anon_send(queue, look_at_board{});
  });
  home_.boards().put_up(address_.entity.id, board_);
}

} // namespace frontrow::actors
