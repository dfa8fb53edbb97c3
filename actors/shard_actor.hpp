#pragma once

#include <caf/event_based_actor.hpp>
#include <caf/send.hpp>

#include "actors/node.hpp"
#include "actors/shard_hosting.hpp"

namespace frontrow::actors {

/// A shard_hosting as an actor of this node: what it does is there. Its entities are entity_actors.
class shard_actor final : public caf::event_based_actor {
public:
  shard_actor(caf::actor_config& config, actors::node& home, cluster::shard_id shard, cluster::epoch_number epoch);
  ~shard_actor() override = default;

  caf::behavior make_behavior() override;
  const char* name() const override { return "shard"; }
  void on_exit() override { hosting_.clear(); }

  // ---- the hosting's home
  domain::instant now() { return home_.clock().now(); }
  caf::actor spawn_entity(domain::entity_ref entity, cluster::epoch_number epoch, const mailbox_gauge& mailbox);
  template <class Message>
  void tell(const caf::actor& entity, const Message& message) {
    send(entity, message);
  }
  void ask_at_once(const caf::actor& entity, const cluster::envelope& letter) {
    send<caf::message_priority::high>(entity, letter);
  }
  void answer(const cluster::return_address& to, const caf::message& what) { home_.answer(to, what); }
  void is_ahead(cluster::shard_id shard) { home_.is_ahead(shard); }
  void has_stopped(cluster::owned_shard shard);
  void ring_after(domain::milliseconds pause, std::uint64_t generation);
  void sweep_after(domain::milliseconds pause);
  void revive_after(domain::milliseconds pause, domain::entity_ref entity);
  domain::milliseconds passivate_after() { return home_.limits().passivate_after; }
  domain::milliseconds effect_retry() { return home_.limits().effect_retry; }
  domain::milliseconds revival_pause_max();
  std::int64_t mailbox_max() { return home_.limits().mailbox_max; }

private:
  void went_down(const caf::down_msg& down);

  actors::node& home_;
  cluster::shard_id shard_;
  shard_hosting<shard_actor, caf::actor> hosting_;
};

} // namespace frontrow::actors
