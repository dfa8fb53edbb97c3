#pragma once

#include <atomic>
#include <chrono>
#include <functional>
#include <memory>
#include <vector>

#include <caf/actor.hpp>
#include <caf/fwd.hpp>
#include <caf/send.hpp>

#include "actors/counters.hpp"
#include "actors/gateway.hpp"
#include "cluster/envelope.hpp"
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
  std::size_t asks_max = 100'000;
  std::chrono::milliseconds ask_timeout{5'000};
};

/// The actors of one node: a shard actor for each shard that it owns, and the way to reach any entity.
/// What it is given outlives it. Every function for any thread, `start` and `stop` apart.
class node {
public:
  node(caf::actor_system& system, persistence::journal_writer& writer, persistence::journal_reader& reader,
       persistence::database_clock& clock, actor_limits limits, std::int32_t shard_count);
  ~node();
  node(const node&) = delete;
  node& operator=(const node&) = delete;

  /// Takes the owned shards into service and wakes the entities that have something to wait for.
  void start(const std::vector<std::pair<cluster::shard_id, cluster::epoch_number>>& owned,
             const std::vector<persistence::entity_address>& awake);
  /// Ends every actor, and tells all who still wait to ask again.
  void stop();

  /// Sends `command` to the entity `id` of Machine; `then(outcome<reply>)` is called once, from any thread,
  /// within the ask timeout. Compiles only if that machine understands that command.
  template <class Machine, class Command, class Then>
  void ask(std::int64_t id, Command command, const std::string& trace, Then then);

  /// Asks any entity something that all of them understand; an answer of another type is "unavailable".
  template <class Reply, class Question, class Then>
  void ask_actor(domain::entity_ref entity, Question question, Then then);
  /// Asks a shard of this node.
  template <class Reply, class Question, class Then>
  void ask_shard(cluster::shard_id shard, Question question, Then then);

  /// Delivers a letter to the owner of its shard; `shard` and `epoch` are filled in here.
  void route(cluster::envelope letter);
  /// Delivers an answer to whoever waits for it, be it a request or an entity.
  void answer(const cluster::return_address& to, const caf::message& what);

  std::int32_t shard_count() const { return static_cast<std::int32_t>(shards_.size()); }
  cluster::shard_id shard_of(domain::entity_ref entity) const {
    return cluster::shard_of(entity, shard_count());
  }
  persistence::journal_writer& writer() { return writer_; }
  persistence::journal_reader& reader() { return reader_; }
  persistence::database_clock& clock() { return clock_; }
  const actor_limits& limits() const { return limits_; }
  class counters& counters() { return *counters_; }
  /// For actors, which may be destroyed after the node: CAF's clock can hold the last handle.
  std::shared_ptr<class counters> shared_counters() { return counters_; }
  gateway& gate() { return gateway_; }

private:
  struct owned_shard {
    cluster::epoch_number epoch = 0;
    caf::actor handler;
  };

  caf::actor_system& system_;
  persistence::journal_writer& writer_;
  persistence::journal_reader& reader_;
  persistence::database_clock& clock_;
  actor_limits limits_;
  std::shared_ptr<class counters> counters_ = std::make_shared<class counters>();
  gateway gateway_;
  std::vector<owned_shard> shards_; // written before the first request, and never while requests run
  caf::actor housekeeper_;
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
  auto to = gateway_.expect(detail::wait_for<reply_of<Machine, Command>>(std::move(then)));
  if (!to)
    return;
  cluster::envelope letter;
  letter.to = {commands_of<Machine>::kind, id};
  letter.from = *to;
  letter.command = detail::id_of(command);
  letter.trace = trace;
  letter.payload = caf::make_message(std::move(command));
  route(std::move(letter));
}

template <class Reply, class Question, class Then>
void node::ask_actor(domain::entity_ref entity, Question question, Then then) {
  if (auto to = gateway_.expect(detail::wait_for<Reply>(std::move(then)))) {
    cluster::envelope letter;
    letter.to = entity;
    letter.from = *to;
    letter.payload = caf::make_message(std::move(question));
    route(std::move(letter));
  }
}

template <class Reply, class Question, class Then>
void node::ask_shard(cluster::shard_id shard, Question question, Then then) {
  if (auto to = gateway_.expect(detail::wait_for<Reply>(std::move(then)))) {
    if (const auto& owner = shards_.at(static_cast<std::size_t>(shard)).handler)
      caf::anon_send(owner, *to, std::move(question));
    else
      gateway_.complete(*to, {});
  }
}

} // namespace frontrow::actors
