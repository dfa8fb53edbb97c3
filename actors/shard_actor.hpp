#pragma once

#include <deque>
#include <list>
#include <map>
#include <optional>

#include <boost/unordered/unordered_flat_map.hpp>
#include <boost/unordered/unordered_flat_set.hpp>
#include <boost/unordered/unordered_map.hpp>

#include <caf/event_based_actor.hpp>

#include "actors/local_messages.hpp"
#include "actors/node.hpp"

namespace frontrow::actors {

/// Hosts the entities of one shard: gives each command to its entity (bringing it to life first), keeps the
/// one timer for all of them, lets the idle leave memory, and brings those back that failed.
///
/// Without an epoch it loads ahead of a move: entities read what there is and wait. `begin_serving` makes it the shard's
/// owner, `stop_serving` its past one; its node is told when either is done.
///
/// An entity's life ends by a handshake, so that no command is lost between two lives: the shard stops
/// forwarding (and keeps what comes), the entity says `life_over`, the shard answers `bury`, which is the
/// last message that the old life gets, and what was kept begins the next life.
class shard_actor final : public caf::event_based_actor {
public:
  shard_actor(caf::actor_config& config, actors::node& home, cluster::shard_id shard, cluster::epoch_number epoch);
  ~shard_actor() override = default;

  caf::behavior make_behavior() override;
  const char* name() const override { return "shard"; }
  void on_exit() override { lives_.clear(); }

private:
  enum class phase : std::uint8_t { ahead, serving, stopping };
  struct life {
    caf::actor handler;
    mailbox_gauge mailbox;
    bool leaving = false;                  // asked to passivate: what comes is kept
    std::deque<cluster::envelope> kept;
    std::optional<domain::instant> deadline;
    std::list<domain::entity_ref>::iterator recency;
    domain::instant touched;
  };

  life& live(domain::entity_ref entity);
  caf::actor spawn_entity(domain::entity_ref entity, const mailbox_gauge& mailbox);
  void load(const load_entities& request);
  void begin(cluster::epoch_number epoch);
  void stop(hand_over::how leaving);
  void tell_if_stopped();
  void one_is_ahead(domain::entity_ref entity);
  void receive(const cluster::envelope& letter);
  void forward(life& to, const cluster::envelope& letter);
  void touch(life& which);
  void plan(domain::entity_ref entity, std::optional<domain::instant> at);
  void set_timer();
  void ring();
  void let_idle_leave();
  void end_of(domain::entity_ref entity, life_over::why reason);
  void revive_later(domain::entity_ref entity);
  void went_down(const caf::down_msg& down);
  shard_status status_after(const read_shard& query) const;

  actors::node& home_;
  cluster::shard_id shard_;
  cluster::epoch_number epoch_;
  phase phase_;
  boost::unordered_flat_set<domain::entity_ref> loading_ahead_;
  boost::unordered_flat_map<domain::entity_ref, domain::milliseconds> revivals_; // the pause before the next one
  boost::unordered_map<domain::entity_ref, life> lives_; // stable references: `recency` points back
  std::list<domain::entity_ref> by_recency_;             // longest untouched first
  std::multimap<domain::instant, domain::entity_ref> deadlines_;
  std::optional<domain::instant> timer_at_;
  std::uint64_t timer_generation_ = 0;
  bool sweeping_ = false; // a look for the idle is planned
};

} // namespace frontrow::actors
