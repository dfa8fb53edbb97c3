#pragma once

#include "actors/local_messages.hpp"
#include "cluster/envelope.hpp"
#include "tests/simulation/scheduler.hpp"

#include <deque>
#include <list>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace frontrow::simulation {

class node;

struct living_state {
  std::int64_t version = 0;
  std::int64_t durable = 0;
  std::string snapshot; ///< the codec's text
};

/// What a shard and the journal say to the life of an entity, whatever its machine.
class entity_life {
public:
  virtual ~entity_life() = default;
  virtual void begin() = 0;
  virtual void letter(const cluster::envelope& letter) = 0;
  virtual void became_durable(std::int64_t version) = 0;
  virtual void append_failed(persistence::append_failure reason) = 0;
  virtual void due() = 0;
  virtual void passivate() = 0;
  virtual void take_over(cluster::epoch_number epoch) = 0;
  virtual void hand_over(actors::hand_over::how leaving) = 0;
  virtual void bury() = 0;
  virtual std::optional<living_state> state() const = 0;
};

/// What actors/shard_actor does, step by step.
class shard_host final : public std::enable_shared_from_this<shard_host> {
public:
  shard_host(node& home, cluster::shard_id shard, cluster::epoch_number epoch);

  // ---- from the node
  void receive(const cluster::envelope& letter);
  void load(const std::vector<domain::entity_ref>& which);
  void begin(cluster::epoch_number epoch);
  void stop(actors::hand_over::how leaving);
  // ---- from the entities
  void plan(domain::entity_ref entity, std::optional<domain::instant> at);
  void one_is_ahead(domain::entity_ref entity);
  void began(domain::entity_ref entity) { revivals_.erase(entity); }
  void stays(domain::entity_ref entity);
  void end_of(domain::entity_ref entity, actors::life_over::why reason);

  channel from_node;
  const entity_life* find(domain::entity_ref entity) const;
  std::map<domain::entity_ref, living_state> states() const;

private:
  enum class phase : std::uint8_t { ahead, serving, stopping };
  struct life {
    std::shared_ptr<entity_life> handler;
    std::shared_ptr<channel> way = std::make_shared<channel>();
    bool leaving = false;
    std::deque<cluster::envelope> kept;
    std::optional<domain::instant> deadline;
    sim_time touched = 0;
  };

  life& live(domain::entity_ref entity);
  std::shared_ptr<entity_life> spawn(domain::entity_ref entity);
  template <class Say>
  void say(life& to, Say say);
  void tell_if_stopped();
  void set_timer();
  void ring();
  void sweep();
  void revive_later(domain::entity_ref entity);
  /// After a while, if this shard is still here.
  template <class What>
  void later(sim_time wait, What what);

  node& home_;
  cluster::shard_id shard_;
  cluster::epoch_number epoch_;
  phase phase_;
  bool gone_ = false;
  std::set<domain::entity_ref> loading_ahead_;
  std::map<domain::entity_ref, sim_time> revivals_;
  std::map<domain::entity_ref, life> lives_;
  std::multimap<domain::instant, domain::entity_ref> deadlines_;
  std::optional<domain::instant> timer_at_;
  std::uint64_t timer_generation_ = 0;
  bool sweeping_ = false;
};

} // namespace frontrow::simulation
