#include "tests/simulation/shard_host.hpp"

#include "tests/simulation/entity_host.hpp"

namespace frontrow::simulation {

shard_host::shard_host(node& home, cluster::shard_id shard, cluster::epoch_number epoch)
    : home_(home), shard_(shard), hosting_(*this, shard, epoch) {}

const living_entity* shard_host::find(domain::entity_ref entity) const {
  const auto* found = hosting_.find(entity);
  return found == nullptr ? nullptr : found->life.get();
}

std::map<domain::entity_ref, living_state> shard_host::states() const {
  std::map<domain::entity_ref, living_state> result;
  hosting_.for_each([&](domain::entity_ref entity, const entity_handle& each) {
    if (auto state = each.life->state())
      result.emplace(entity, std::move(*state));
  });
  return result;
}

// ---- the hosting's home

domain::instant shard_host::now() const {
  return home_.database_time();
}

entity_handle shard_host::spawn_entity(domain::entity_ref entity, cluster::epoch_number epoch,
                                       const actors::mailbox_gauge& mailbox) {
  entity_handle handle{new_life({entity, shard_}, epoch, mailbox)};
  home_.post(*handle.way, [handle] { handle.life->begin(); });
  return handle;
}

std::shared_ptr<living_entity> shard_host::new_life(persistence::entity_address address,
                                                    cluster::epoch_number epoch,
                                                    const actors::mailbox_gauge& mailbox) {
  switch (address.entity.kind) {
  case domain::entity_kind::seat_map:
    return std::make_shared<entity_host<domain::seat_map>>(home_, address, epoch, mailbox, weak_from_this());
  case domain::entity_kind::account:
    return std::make_shared<entity_host<domain::account>>(home_, address, epoch, mailbox, weak_from_this());
  case domain::entity_kind::queue:
    return std::make_shared<entity_host<domain::queue>>(home_, address, epoch, mailbox, weak_from_this());
  }
  return {};
}

void shard_host::tell(const entity_handle& entity, entity_message message) {
  home_.post(*entity.way, [entity, message = std::move(message)] { entity.life->receive(message); });
}

void shard_host::answer(const cluster::return_address& to, const caf::message& what) {
  home_.answer(to, what);
}

void shard_host::is_ahead(cluster::shard_id shard) {
  home_.is_ahead(shard);
}

void shard_host::has_stopped(cluster::owned_shard shard) {
  gone_ = true;
  home_.has_stopped(shard);
}

template <class What>
void shard_host::later(domain::milliseconds pause, What what) {
  home_.later(pause.count() * millisecond, [self = weak_from_this(), what] {
    if (const auto shard = self.lock(); shard && !shard->gone_)
      what(shard->hosting_);
  });
}

void shard_host::ring_after(domain::milliseconds pause, std::uint64_t generation) {
  later(pause, [generation](auto& hosting) { hosting.ring(generation); });
}

void shard_host::sweep_after(domain::milliseconds pause) {
  later(pause, [](auto& hosting) { hosting.sweep(); });
}

void shard_host::revive_after(domain::milliseconds pause, domain::entity_ref entity) {
  later(pause, [entity](auto& hosting) { hosting.revive(entity); });
}

domain::milliseconds shard_host::passivate_after() const {
  return home_.around().settings().passivate_after;
}

domain::milliseconds shard_host::effect_retry() const {
  return home_.around().settings().effect_retry;
}

domain::milliseconds shard_host::revival_pause_max() const {
  return domain::milliseconds{8'000}; // 60 s in the program: a run has no time for that
}

std::int64_t shard_host::mailbox_max() const {
  return home_.around().settings().mailbox_max;
}

} // namespace frontrow::simulation
