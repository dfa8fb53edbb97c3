#include "actors/entity_actor.hpp"

#include <spdlog/spdlog.h>

namespace frontrow::actors {

void log(domain::entity_ref entity, const persistence::load_failure& why) {
  const auto name = domain::name_of(entity.kind);
  if (const auto* corrupt = std::get_if<persistence::corrupt_history>(&why))
    spdlog::critical("{}/{} cannot live: its journal is corrupt at version {}: {}", name, entity.id,
                     corrupt->version, corrupt->what);
  else if (std::holds_alternative<persistence::unusable_snapshot>(why))
    spdlog::warn("{}/{}: its snapshot is of no use, replaying all of its events", name, entity.id);
  else
    spdlog::warn("{}/{} could not be loaded: the database is away", name, entity.id);
}

} // namespace frontrow::actors
