#include "actors/messages.hpp"

#include <string>

#include <caf/all.hpp>

#include "cluster/links.hpp"

namespace frontrow::actors {

namespace {

/// A type's name on the wire: its place in the list, because CAF writes the name with every message. Nodes whose lists
/// differ have another protocol version.
template <class... Types>
void register_all(caf::actor_system_config& config, type_list<Types...>) {
  int place = 0;
  (config.add_message_type<Types>("f" + std::to_string(place++)), ...);
}

} // namespace

void register_messages(caf::actor_system_config& config) {
  config.add_message_type<cluster::envelope>("frontrow::envelope");
  cluster::register_link_messages(config);
  register_all(config, payload_types{});
}

} // namespace frontrow::actors
