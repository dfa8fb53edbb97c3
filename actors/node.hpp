#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <shared_mutex>
#include <vector>

#include <caf/actor.hpp>
#include <caf/fwd.hpp>
#include <caf/send.hpp>

#include "actors/counters.hpp"
#include "actors/effect_answer.hpp"
#include "actors/gateway.hpp"
#include "actors/place_board.hpp"
#include "actors/shard_map.hpp"
#include "cluster/envelope.hpp"
#include "cluster/links.hpp"
#include "cluster/members.hpp"
#include "persistence/database_clock.hpp"
#include "persistence/journal_reader.hpp"
#include "persistence/journal_writer.hpp"

namespace frontrow::actors {

/// Limits of the actors; config/ gives their defaults and reasons.
struct actor_limits {
  std::chrono::milliseconds passivate_after{10'000};
  std::chrono::milliseconds effect_retry{1'000};
  std::int64_t snapshot_min_events = 100;
  std::int64_t mailbox_max = 20'000;
  cluster::router_limits requests;
};

/// Whom a node tells how its shards are doing. Called on actors' threads: hand over and return.
struct shard_events {
  std::function<void(cluster::shard_id)> ahead;     ///< what must be awake is loaded ahead
  std::function<void(cluster::owned_shard)> stopped; ///< nothing of it is under way any more
};

/// The actors of one node: a shard actor for each shard that lives here, and the way to reach any entity of the cluster.
/// Its shard_map says what to do; this does it, behind a lock, with CAF and the journal. What it is given outlives it. Every function for any thread, `start` and
/// `stop` apart.
class node final : private cluster::carrier {
public:
  node(caf::actor_system& system, persistence::journal_writer& writer, persistence::journal_reader& reader,
       persistence::database_clock& clock, actor_limits limits, std::int32_t shard_count);
  ~node() override;
  node(const node&) = delete;
  node& operator=(const node&) = delete;

  /// `others`: null for a node that is alone.
  void start(cluster::node_number self, cluster::links* others, shard_events events);
  /// Ends every actor, and tells all who still wait to ask again.
  void stop();

  // ---- shards come and go

  /// Begins to load ahead what must be awake in these shards.
  void warm(const std::vector<cluster::shard_id>& shards);
  /// Takes claimed shards into service, whether loaded ahead or not, and wakes what has something to wait for.
  void serve(const std::vector<cluster::owned_shard>& shards);
  /// Admits nothing more there; `stopped` tells the end.
  void stop_serving(cluster::owned_shard shard);
  /// Ends a shard that was loaded ahead or that another node owns: at once, and without a word.
  void drop(cluster::shard_id shard);
  /// Who serves a shard that does not live here. Older news than known ones are ignored.
  void place(cluster::shard_id shard, cluster::epoch_number epoch, cluster::node_number owner);
  /// Until when this node's lease is good; past it its actors answer nothing.
  void trust_until(cluster::steady_time until);
  bool trusted() const;

  std::vector<shard_map::place> places() const;

  // ---- from the links

  /// A letter of another node. Answers `moved` if its shard is not served here.
  void deliver(cluster::envelope letter);
  /// The answer to one of this node's letters.
  void answered(const cluster::return_address& to, const caf::message& what) { gateway_.complete(to, what); }
  void link_up() { gateway_.tick(std::chrono::steady_clock::now()); }
  void link_lost(cluster::node_number peer) { gateway_.link_lost(peer); }

  // ---- asking

  /// Sends `command` to the entity `id` of Machine; `then(outcome<reply>)` is called once, from any thread,
  /// within the ask timeout. Compiles only if that machine understands that command.
  template <class Machine, class Command, class Then>
  void ask(std::int64_t id, Command command, const std::string& trace, Then then);

  /// The place as of what is durable, without asking its queue; nothing if that does not live here, or has to be asked.
  std::optional<domain::place_view> glance_at(domain::concert_id concert, const domain::read_place& question) const;

  /// Asks any entity something that all of them understand; an answer of another type is "unavailable".
  template <class Reply, class Question, class Then>
  void ask_actor(domain::entity_ref entity, Question question, Then then);
  /// Asks a shard, wherever it lives.
  template <class Reply, class Question, class Then>
  void ask_shard(cluster::shard_id shard, Question question, Then then);
  /// Sends an effect of `from`, whose answer comes home as a command.
  void ask_effect(domain::entity_ref from, domain::event_number effect, domain::entity_ref to, caf::message command,
                  const std::string& trace);

  // ---- for the actors

  /// Delivers an answer to whoever waits for it, wherever that is.
  void answer(const cluster::return_address& to, const caf::message& what);
  void is_ahead(cluster::shard_id shard) { events_.ahead(shard); }
  void has_stopped(cluster::owned_shard shard);

  cluster::node_number number() const { return self_; }
  std::int32_t shard_count() const { return shard_count_; }
  cluster::shard_id shard_of(domain::entity_ref entity) const {
    return cluster::shard_of(entity, shard_count_);
  }
  persistence::journal_writer& writer() { return writer_; }
  persistence::journal_reader& reader() { return reader_; }
  persistence::database_clock& clock() { return clock_; }
  place_boards& boards() { return boards_; }
  const actor_limits& limits() const { return limits_; }
  class counters& counters() { return *counters_; }
  /// For actors, which may be destroyed after the node: CAF's clock can hold the last handle.
  std::shared_ptr<class counters> shared_counters() { return counters_; }
  const gateway& requests() const { return gateway_; }

private:
  friend class effect_answer<node>;

  cluster::sending carry(cluster::envelope& letter, cluster::node_number& to) override;
  std::size_t bytes_of(const cluster::envelope& letter) const override;
  caf::actor& handler_of(cluster::shard_id shard) { return handlers_[static_cast<std::size_t>(shard)]; }
  void send(cluster::envelope letter, std::unique_ptr<pending_answer> waiting);
  void come_home(domain::entity_ref to, caf::message command, const std::string& trace);
  void load_those_awake(std::vector<cluster::shard_id> shards);
  /// `found`: null where the database did not answer.
  void those_awake(const std::vector<cluster::shard_id>& shards,
                   const std::vector<persistence::entity_address>* found);

  caf::actor_system& system_;
  persistence::journal_writer& writer_;
  persistence::journal_reader& reader_;
  persistence::database_clock& clock_;
  actor_limits limits_;
  const std::int32_t shard_count_;
  cluster::node_number self_ = 0;
  cluster::links* others_ = nullptr;
  shard_events events_;
  std::shared_ptr<class counters> counters_ = std::make_shared<class counters>();
  place_boards boards_;
  gateway gateway_;
  mutable std::shared_mutex mutex_;  // of the rest
  shard_map map_;                    // but the lease in it
  std::vector<caf::actor> handlers_; // index: shard; none where nothing lives here
  caf::actor housekeeper_;

  /// Where a reading thread, which may be slow, finds the node, or that it has stopped.
  struct whereabouts {
    std::mutex mutex;
    node* of = nullptr;
  };
  std::shared_ptr<whereabouts> whereabouts_ = std::make_shared<whereabouts>();
};

namespace detail {

/// Waits for a Reply and hands it to `then`.
template <class Reply, class Then>
class waiting_for final : public pending_answer {
public:
  explicit waiting_for(Then then) : then_(std::move(then)) {}
  void complete(const caf::message& answer) override {
    if (answer.match_elements<Reply>())
      then_(outcome<Reply>{answer.get_as<Reply>(0)});
    else if (answer.match_elements<domain::refused>())
      then_(outcome<Reply>{answer.get_as<domain::refused>(0)});
    else
      then_(outcome<Reply>{unavailable{}});
  }

private:
  Then then_;
};

template <class Reply, class Then>
std::unique_ptr<pending_answer> wait_for(Then then) {
  return std::make_unique<waiting_for<Reply, Then>>(std::move(then));
}

template <class Command>
domain::command_id id_of(const Command& command) {
  if constexpr (requires { command.command; })
    return command.command;
  else
    return {};
}

} // namespace detail

template <class Machine, class Command, class Then>
void node::ask(std::int64_t id, Command command, const std::string& trace, Then then) {
  cluster::envelope letter;
  letter.to = {commands_of<Machine>::kind, id};
  letter.shard = shard_of(letter.to);
  letter.command = detail::id_of(command);
  letter.trace = trace;
  letter.payload = caf::make_message(std::move(command));
  send(std::move(letter), detail::wait_for<reply_of<Machine, Command>>(std::move(then)));
}

template <class Reply, class Question, class Then>
void node::ask_actor(domain::entity_ref entity, Question question, Then then) {
  cluster::envelope letter;
  letter.to = entity;
  letter.shard = shard_of(entity);
  letter.payload = caf::make_message(std::move(question));
  send(std::move(letter), detail::wait_for<Reply>(std::move(then)));
}

template <class Reply, class Question, class Then>
void node::ask_shard(cluster::shard_id shard, Question question, Then then) {
  cluster::envelope letter; // to no entity: the shard itself
  letter.shard = shard;
  letter.payload = caf::make_message(std::move(question));
  send(std::move(letter), detail::wait_for<Reply>(std::move(then)));
}

} // namespace frontrow::actors
