#include "actors/entity_actor.hpp"

#include <spdlog/spdlog.h>

namespace frontrow::actors {

load_failed::then tell(domain::entity_ref entity, const persistence::load_failure& why) {
  const auto name = domain::name_of(entity.kind);
  if (const auto* corrupt = std::get_if<persistence::corrupt_history>(&why)) {
    spdlog::critical("{}/{} cannot live: its journal is corrupt at version {}: {}", name, entity.id,
                     corrupt->version, corrupt->what);
    return load_failed::then::give_up;
  }
  if (std::holds_alternative<persistence::unusable_snapshot>(why)) {
    spdlog::warn("{}/{}: its snapshot is of no use, replaying all of its events", name, entity.id);
    return load_failed::then::replay_all;
  }
  spdlog::warn("{}/{} could not be loaded: the database is away", name, entity.id);
  return load_failed::then::give_up;
}

} // namespace frontrow::actors
