#pragma once

#include "actors/local_messages.hpp"
#include "actors/shard_hosting.hpp"
#include "cluster/envelope.hpp"
#include "tests/simulation/scheduler.hpp"

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace frontrow::simulation {

class node;

struct living_state {
  std::int64_t version = 0;
  std::int64_t durable = 0;
  std::string snapshot; ///< the codec's text
};

/// What a shard says to one of its entities.
using entity_message = std::variant<cluster::envelope, actors::due, actors::passivate, actors::take_over,
                                    actors::hand_over, actors::bury>;

/// What a shard and the journal say to the life of an entity, whatever its machine.
class living_entity {
public:
  virtual ~living_entity() = default;
  virtual void begin() = 0;
  virtual void receive(const entity_message& message) = 0;
  virtual void became_durable(std::int64_t version) = 0;
  virtual void append_failed(persistence::append_failure reason) = 0;
  virtual std::optional<living_state> state() const = 0;
};

struct entity_handle {
  std::shared_ptr<living_entity> life;
  std::shared_ptr<channel> way = std::make_shared<channel>();
};

/// The program's shard_hosting at home in a simulated node. After `has_stopped` it is deaf, as an actor that has
/// ended.
class shard_host final : public std::enable_shared_from_this<shard_host> {
public:
  shard_host(node& home, cluster::shard_id shard, cluster::epoch_number epoch);

  // ---- from the node, and from the entities
  template <class Message>
  void receive(const Message& message) {
    if (!gone_)
      hosting_.receive(message);
  }
  void load(const std::vector<domain::entity_ref>& which) { receive(actors::load_entities{which}); }
  void begin(cluster::epoch_number epoch) { receive(actors::begin_serving{epoch}); }
  void stop(actors::hand_over::how leaving) { receive(actors::stop_serving{leaving}); }

  channel from_node;
  const living_entity* find(domain::entity_ref entity) const;
  std::map<domain::entity_ref, living_state> states() const;

  // ---- the hosting's home
  domain::instant now() const;
  entity_handle spawn_entity(domain::entity_ref entity, cluster::epoch_number epoch,
                             const actors::mailbox_gauge& mailbox);
  void tell(const entity_handle& entity, entity_message message);
  void ask_at_once(const entity_handle& entity, const cluster::envelope& letter) { tell(entity, letter); }
  void answer(const cluster::return_address& to, const caf::message& what);
  void is_ahead(cluster::shard_id shard);
  void has_stopped(cluster::owned_shard shard);
  void ring_after(domain::milliseconds pause, std::uint64_t generation);
  void sweep_after(domain::milliseconds pause);
  void revive_after(domain::milliseconds pause, domain::entity_ref entity);
  domain::milliseconds passivate_after() const;
  domain::milliseconds effect_retry() const;
  domain::milliseconds revival_pause_max() const;
  std::int64_t mailbox_max() const;

private:
  std::shared_ptr<living_entity> new_life(persistence::entity_address address, cluster::epoch_number epoch,
                                          const actors::mailbox_gauge& mailbox);
  /// After a while, if this shard is still here.
  template <class What>
  void later(domain::milliseconds pause, What what);

  node& home_;
  cluster::shard_id shard_;
  bool gone_ = false;
  actors::shard_hosting<shard_host, entity_handle> hosting_;
};

} // namespace frontrow::simulation
