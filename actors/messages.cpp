#include "actors/messages.hpp"

#include <typeinfo>

#include <caf/all.hpp>

#include "cluster/links.hpp"

namespace frontrow::actors {

namespace {

template <class Type>
void register_one(caf::actor_system_config& config) {
  // The compiler's name of a type is the same on every node that runs this program.
  config.add_message_type<Type>(typeid(Type).name());
}

template <class... Types>
void register_all(caf::actor_system_config& config, type_list<Types...>) {
  (register_one<Types>(config), ...);
}

} // namespace

bool may_be_late(const caf::message& question) {
  return question.match_elements<domain::read_seats>() || question.match_elements<domain::read_availability>();
}

void register_messages(caf::actor_system_config& config) {
  register_one<cluster::envelope>(config);
  cluster::register_link_messages(config);
  register_all(config, payload_types{});
}

} // namespace frontrow::actors
